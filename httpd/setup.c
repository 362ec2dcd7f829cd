/* SPDX-License-Identifier: GPL-3.0-or-later */
/* setup - from the configuration to what every part of the server needs to know. */
#include "httpd/setup.h"

#include "common/log.h"
#include "common/state_dir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_LISTEN  "127.0.0.1:8000"
#define ROOT_MOUNTPOINT "/mnt/trng"
#define NO_ACCESS_LOG   "none"
#ifndef TRNG_UI_DIR
#define TRNG_UI_DIR "/usr/local/share/trng/ui" /* where `make install` puts the page */
#endif
#define DYGRAPHS_DIR "/usr/share/javascript/dygraphs" /* where libjs-dygraphs puts them */

/* ---- paths ---- */

/* A key that need not be given: "" if it is not. */
static int make_path(const struct config *config, const char *key, const char *given,
		     char path[PATH_MAX])
{
	return given ? config_absolute(config, key, given, path) : 0;
}

static int join(const struct config *config, const char *key, const char *directory,
		const char *name, char path[PATH_MAX])
{
	if (snprintf(path, PATH_MAX, "%s/%s", directory, name) >= PATH_MAX)
		return config_refuse(config, key, "path too long");
	return 0;
}

static int make_mountpoints(struct setup *setup, const struct config *config)
{
	const char *runtime = geteuid() == 0 ? NULL : state_dir_environment("XDG_RUNTIME_DIR");
	int ret = 0;

	if (config->mountpoint) {
		setup->mountpoint_count = 1;
		return config_absolute(config, "mountpoint", config->mountpoint,
				       setup->mountpoints[0]);
	}
	if (runtime)
		ret = join(config, "mountpoint", runtime, "trng",
			   setup->mountpoints[setup->mountpoint_count++]);
	snprintf(setup->mountpoints[setup->mountpoint_count++], PATH_MAX, ROOT_MOUNTPOINT);
	return ret;
}

static int choose_state_dir(struct setup *setup, const struct config *config)
{
	static const char key[] = "httpd.state_dir";
	int ret;

	if (config->httpd.state_dir)
		return config_absolute(config, key, config->httpd.state_dir, setup->state_dir);
	ret = state_dir_default(geteuid() == 0, setup->state_dir);
	if (ret == -ENOENT)
		return config_refuse(
			config, key,
			"not set, and neither root nor $XDG_STATE_HOME nor $HOME gives one");
	return ret < 0 ? config_refuse(config, key, "path too long") : 0;
}

static int check_directory(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return access(path, R_OK | W_OK | X_OK) ? -errno : 0;
}

static int make_state_dir(struct setup *setup, const struct config *config)
{
	int ret = choose_state_dir(setup, config);

	if (ret)
		return ret;
	ret = state_dir_make(setup->state_dir);
	if (!ret)
		ret = check_directory(setup->state_dir);
	if (ret)
		config_refuse(config, "httpd.state_dir", "%s: %s", setup->state_dir,
			      strerror(-ret));
	return ret;
}

static int make_access_log(struct setup *setup, const struct config *config)
{
	const char *given = config->httpd.access_log;

	if (!given)
		return join(config, "httpd.access_log", setup->state_dir, "access.log",
			    setup->access_log);
	return strcmp(given, NO_ACCESS_LOG)
		       ? config_absolute(config, "httpd.access_log", given, setup->access_log)
		       : 0;
}

/* A folder of the page; given as "", there is none. */
static const char *folder(const struct config *config, const char *key, const char *given,
			  const char *usual)
{
	return given || config_is_given(config, key) ? given : usual;
}

static int make_paths(struct setup *setup, const struct config *config)
{
	static const char ui[] = "httpd.ui_dir", dygraphs[] = "httpd.dygraphs_dir";
	const struct config_httpd *httpd = &config->httpd;
	const struct {
		const char *key, *given;
		char *path;
	} paths[] = {
		{ "httpd.tokens", httpd->tokens, setup->tokens },
		{ ui, folder(config, ui, httpd->ui_dir, TRNG_UI_DIR), setup->ui_dir },
		{ dygraphs, folder(config, dygraphs, httpd->dygraphs_dir, DYGRAPHS_DIR),
		  setup->dygraphs_dir },
		{ "httpd.tls_certificate", httpd->tls_certificate, setup->tls_certificate },
		{ "httpd.tls_key", httpd->tls_key, setup->tls_key },
		{ "httpd.tls_client_ca", httpd->tls_client_ca, setup->tls_client_ca },
	};
	int ret = make_mountpoints(setup, config);

	for (size_t i = 0; ret == 0 && i < sizeof(paths) / sizeof(paths[0]); i++)
		ret = make_path(config, paths[i].key, paths[i].given, paths[i].path);
	if (ret == 0)
		ret = make_state_dir(setup, config);
	if (ret == 0 && !httpd->tokens)
		ret = join(config, "httpd.tokens", setup->state_dir, "tokens", setup->tokens);
	return ret == 0 ? make_access_log(setup, config) : ret;
}

/* ---- addresses ---- */

static int check_tls(const struct config *config)
{
	const struct config_httpd *httpd = &config->httpd;

	if (httpd->tls_certificate && !httpd->tls_key)
		return config_refuse(config, "httpd.tls_certificate",
				     "needs tls_key, the file of its key");
	if (httpd->tls_key && !httpd->tls_certificate)
		return config_refuse(config, "httpd.tls_key",
				     "needs tls_certificate, the file of its certificate");
	if (httpd->tls_client_ca && !httpd->tls_certificate)
		return config_refuse(config, "httpd.tls_client_ca",
				     "needs TLS: give tls_certificate and tls_key");
	return 0;
}

/* Cuts "http://" or "https://" off. Return: what is left; *@is_tls as said, untouched if not. */
static const char *take_scheme(const char *item, bool *is_tls)
{
	static const char plain[] = "http://", tls[] = "https://";

	if (!strncmp(item, tls, strlen(tls))) {
		*is_tls = true;
		return item + strlen(tls);
	}
	if (strncmp(item, plain, strlen(plain)))
		return item;
	*is_tls = false;
	return item + strlen(plain);
}

static int refuse_plain(const struct config *config, const char *item)
{
	return config_refuse(config, "httpd.listen",
			     "\"%.60s\" is beyond loopback, where plain HTTP shows secrets and "
			     "numbers to the network: give tls_certificate and tls_key "
			     "(trng-httpd --self-signed makes both), or say that it is meant by "
			     "allow_insecure = true; who calls without a token may do there what "
			     "anonymous = \"none\", \"reader\" or \"operator\" says, by default "
			     "nothing",
			     item);
}

static int add_listen(struct setup *setup, const struct config *config, const char *item)
{
	struct setup_listen *listen = &setup->listen[setup->listen_count];
	bool has_tls = config->httpd.tls_certificate != NULL;

	if (setup->listen_count == SETUP_MOST_ADDRESSES)
		return config_refuse(config, "httpd.listen", "more than %d addresses",
				     SETUP_MOST_ADDRESSES);
	listen->is_tls = has_tls;
	if (address_parse_port(&listen->address, take_scheme(item, &listen->is_tls)))
		return config_refuse(config, "httpd.listen",
				     "\"%.60s\" is no address with a port; it is like "
				     "127.0.0.1:8000, [::1]:8000 or https://0.0.0.0:8443",
				     item);
	if (listen->is_tls && !has_tls)
		return config_refuse(config, "httpd.listen",
				     "\"%.60s\" needs tls_certificate and tls_key", item);
	if (!listen->is_tls && !address_is_loopback(&listen->address) &&
	    !config->httpd.allow_insecure)
		return refuse_plain(config, item);
	setup->listen_count++;
	return 0;
}

static int make_listen(struct setup *setup, const struct config *config)
{
	const struct config_list *listen = &config->httpd.listen;
	int ret = 0;

	if (listen->count == 0)
		return add_listen(setup, config, DEFAULT_LISTEN);
	for (size_t i = 0; ret == 0 && i < listen->count; i++)
		ret = add_listen(setup, config, listen->items[i]);
	return ret;
}

static bool is_beyond_loopback(const struct setup *setup)
{
	for (size_t i = 0; i < setup->listen_count; i++)
		if (!address_is_loopback(&setup->listen[i].address))
			return true;
	return false;
}

/* Safe, but hardly what anybody wants. */
static void note_nobody(const struct setup *setup, const struct config_httpd *httpd)
{
	if (is_beyond_loopback(setup) && httpd->anonymous <= CONFIG_ANONYMOUS_NONE &&
	    !httpd->tls_client_ca && access(setup->tokens, F_OK))
		log_notice("nobody may do anything from beyond loopback: there is no token in %s, "
			   "and neither `anonymous` nor `tls_client_ca` is set",
			   setup->tokens);
}

int setup_make(struct setup *setup, const struct config *config)
{
	int ret;

	*setup = (struct setup){ .config = config };
	ret = check_tls(config);
	if (ret == 0)
		ret = make_listen(setup, config);
	if (ret == 0)
		ret = make_paths(setup, config);
	if (ret == 0)
		note_nobody(setup, &config->httpd);
	return ret;
}
