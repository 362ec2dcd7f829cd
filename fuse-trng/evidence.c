/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evidence - a queue of records between the loop and the thread that writes them. */
#include "fuse-trng/evidence.h"

#include "common/secret.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define RESULTS (2 * EVIDENCE_JOBS)

struct head {
	uint64_t number; /* of the record */
	struct timespec time;
	bool is_again;
	char alarm[EVIDENCE_ALARM_BYTES];
};

struct job {
	struct head head;
	char text[EVIDENCE_TEXT_BYTES];
	size_t len_bytes;
};

struct evidence {
	char folder[PATH_MAX];
	pthread_t thread;
	int wake_fd; /* for the loop: there are results */

	/* Of the loop alone: the newest record. */
	uint64_t number;
	struct timespec time;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	bool is_ending, has_ended;
	struct job jobs[EVIDENCE_JOBS]; /* oldest first */
	unsigned job_count;
	struct job writing; /* the writer's copy; its own while it works */
	struct evidence_result results[RESULTS];
	unsigned result_count;
};

/* ---- results ---- */

/* What finds no room is not told. */
static void tell(struct evidence *evidence, const struct head *head, int error)
{
	const uint64_t one = 1;
	struct evidence_result *result;

	if (evidence->result_count == RESULTS)
		return;
	result = &evidence->results[evidence->result_count++];
	evidence_disk_name(result->name, &head->time, head->number, head->alarm);
	memcpy(result->alarm, head->alarm, sizeof(result->alarm));
	result->error = error;
	result->is_again = head->is_again;
	if (write(evidence->wake_fd, &one, sizeof(one)) < 0)
		return; /* full: it is readable already */
}

bool evidence_next(struct evidence *evidence, struct evidence_result *result)
{
	uint64_t count;
	bool has_one;

	if (read(evidence->wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return false;
	pthread_mutex_lock(&evidence->lock);
	has_one = evidence->result_count > 0;
	if (has_one) {
		*result = evidence->results[0];
		evidence->result_count--;
		memmove(evidence->results, evidence->results + 1,
			evidence->result_count * sizeof(evidence->results[0]));
	}
	pthread_mutex_unlock(&evidence->lock);
	return has_one;
}

const char *evidence_folder(const struct evidence *evidence)
{
	return evidence->folder;
}

int evidence_fd(const struct evidence *evidence)
{
	return evidence->wake_fd;
}

/* ---- the writer ---- */

/* With the lock. */
static void take_job(struct evidence *evidence)
{
	evidence->writing = evidence->jobs[0];
	evidence->job_count--;
	memmove(evidence->jobs, evidence->jobs + 1,
		evidence->job_count * sizeof(evidence->jobs[0]));
	secret_wipe(&evidence->jobs[evidence->job_count], sizeof(evidence->jobs[0]));
}

static int put(const struct evidence *evidence, const struct job *job)
{
	char name[EVIDENCE_NAME_BYTES];

	evidence_disk_name(name, &job->head.time, job->head.number, job->head.alarm);
	return evidence_disk_write(evidence->folder, name, job->text, job->len_bytes);
}

static void *write_jobs(void *ctx)
{
	struct evidence *evidence = ctx;
	int error;

	pthread_mutex_lock(&evidence->lock);
	for (;;) {
		while (evidence->job_count == 0 && !evidence->is_ending)
			pthread_cond_wait(&evidence->changed, &evidence->lock);
		if (evidence->job_count == 0)
			break;
		take_job(evidence);
		pthread_mutex_unlock(&evidence->lock);
		error = put(evidence, &evidence->writing);
		pthread_mutex_lock(&evidence->lock);
		tell(evidence, &evidence->writing.head, error);
	}
	evidence->has_ended = true;
	pthread_cond_broadcast(&evidence->changed);
	pthread_mutex_unlock(&evidence->lock);
	return NULL;
}

/* ---- the loop's side ---- */

/* With the lock: the place of the record's text, that of an older one or a new one; NULL: none. */
static struct job *find_place(struct evidence *evidence, const struct head *head)
{
	struct job *job = evidence->jobs;

	for (unsigned i = 0; i < evidence->job_count; i++, job++)
		if (job->head.number == head->number)
			return job;
	if (evidence->job_count == EVIDENCE_JOBS)
		return NULL;
	evidence->job_count++;
	job->head = *head;
	return job;
}

static struct head make_head(struct evidence *evidence, const struct blackbox *box)
{
	struct head head = { .number = box->number, .is_again = evidence->number == box->number };

	if (!head.is_again)
		clock_gettime(CLOCK_REALTIME, &evidence->time);
	evidence->number = box->number;
	head.time = evidence->time;
	snprintf(head.alarm, sizeof(head.alarm), "%s", box->alarm);
	return head;
}

void evidence_write(struct evidence *evidence, const struct blackbox *box, const char *settings)
{
	struct head head = make_head(evidence, box);
	struct text text;
	struct job *job;

	pthread_mutex_lock(&evidence->lock);
	job = find_place(evidence, &head);
	if (job) {
		text_init(&text, job->text, sizeof(job->text));
		evidence_format(&text, box, &head.time, settings);
		job->len_bytes = text.len_bytes;
		pthread_cond_signal(&evidence->changed);
	} else {
		tell(evidence, &head, -EBUSY);
	}
	pthread_mutex_unlock(&evidence->lock);
}

/* ---- beginning and end ---- */

static void release(struct evidence *evidence)
{
	close(evidence->wake_fd);
	pthread_cond_destroy(&evidence->changed);
	pthread_mutex_destroy(&evidence->lock);
	secret_free(evidence, sizeof(*evidence));
}

static void init_lock(struct evidence *evidence)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&evidence->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&evidence->lock, NULL);
}

/* Signals are the loop's. */
static int start_thread(struct evidence *evidence)
{
	sigset_t all, before;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = pthread_create(&evidence->thread, NULL, write_jobs, evidence);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -ret;
}

int evidence_open(struct evidence **evidence, const char *state_dir)
{
	struct evidence *e = secret_alloc(sizeof(*e));
	int ret = 0;

	if (!e)
		return -ENOMEM;
	e->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (e->wake_fd < 0)
		ret = -errno;
	else if (snprintf(e->folder, PATH_MAX, "%s/alarms", state_dir) + EVIDENCE_NAME_BYTES >=
		 PATH_MAX)
		ret = -ENAMETOOLONG;
	init_lock(e);
	signal(SIGXFSZ, SIG_IGN);
	if (ret == 0)
		ret = start_thread(e);
	if (ret < 0) {
		release(e);
		return ret;
	}
	*evidence = e;
	return 0;
}

static struct timespec end_of_patience(void)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += EVIDENCE_END_MS / 1000;
	return end;
}

void evidence_close(struct evidence *evidence)
{
	struct timespec end = end_of_patience();
	bool has_ended;

	if (!evidence)
		return;
	pthread_mutex_lock(&evidence->lock);
	evidence->is_ending = true;
	pthread_cond_broadcast(&evidence->changed);
	while (!evidence->has_ended &&
	       pthread_cond_timedwait(&evidence->changed, &evidence->lock, &end) == 0)
		;
	has_ended = evidence->has_ended;
	pthread_mutex_unlock(&evidence->lock);
	if (!has_ended) {
		pthread_detach(evidence->thread);
		return;
	}
	pthread_join(evidence->thread, NULL);
	release(evidence);
}
