/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http_snapshot_bed - the file `status` of a daemon that runs, every key of it. */
#ifndef TRNG_TESTS_UNIT_HTTP_SNAPSHOT_BED_H
#define TRNG_TESTS_UNIT_HTTP_SNAPSHOT_BED_H

#include "httpd/snapshot.h"

#include <CUnit/CUnit.h>
#include <string.h>

/* The version and the build of a firmware, and a result, are words that look like numbers. */
#define STATUS_TEXT                                                                                \
	"state=running\n"                                                                          \
	"state_since=2026-11-21T17:57:11.123Z\n"                                                   \
	"state_s=12.3\n"                                                                           \
	"start_phase=\n"                                                                           \
	"start_symbols=0\n"                                                                        \
	"start_needed_symbols=1024\n"                                                              \
	"start_eta_s=-1\n"                                                                         \
	"reason=start-up tests passed\n"                                                           \
	"device=trng 1.2 build 123456789012 on uno\n"                                              \
	"identity=known\n"                                                                         \
	"firmware=trng\n"                                                                          \
	"firmware_version=1.2\n"                                                                   \
	"firmware_build=123456789012\n"                                                            \
	"port=/dev/ttyUSB0\n"                                                                      \
	"baud_rate=9600\n"                                                                         \
	"profile=nodemcu\n"                                                                        \
	"symbol_bits=2\n"                                                                          \
	"health_entropy=1.9\n"                                                                     \
	"assessed_entropy=1\n"                                                                     \
	"false_alarms_per_year=0.1\n"                                                              \
	"uptime_s=4\n"                                                                             \
	"rate_bit_s=60.5\n"                                                                        \
	"pool_bytes=6200\n"                                                                        \
	"pool_capacity_bytes=65536\n"                                                              \
	"waiting_readers=3\n"                                                                      \
	"queue_bytes=48\n"                                                                         \
	"eta_s=-1.0\n"                                                                             \
	"raw_bits=8512004\n"                                                                       \
	"tested_bytes=6394\n"                                                                      \
	"held_bytes=194\n"                                                                         \
	"wiped_bytes=17\n"                                                                         \
	"released_bytes=6200\n"                                                                    \
	"pool_dropped_bytes=5\n"                                                                   \
	"pool_wiped_bytes=0\n"                                                                     \
	"set_aside_bytes=0\n"                                                                      \
	"set_aside_wiped_bytes=0\n"                                                                \
	"random_bytes=4096\n"                                                                      \
	"kernel_feed=off\n"                                                                        \
	"kernel_feed_s=0\n"                                                                        \
	"kernel_feeds=3\n"                                                                         \
	"kernel_bytes=192\n"                                                                       \
	"kernel_bits=768\n"                                                                        \
	"kernel_reseeds=2\n"                                                                       \
	"kernel_fed_s=-1\n"                                                                        \
	"release_eta_s=2.5\n"                                                                      \
	"withheld_bytes=11\n"                                                                      \
	"cleared_bytes=6205\n"                                                                     \
	"passed_bytes=7000\n"                                                                      \
	"window_bytes=256\n"                                                                       \
	"conditioning=sha256\n"                                                                    \
	"conditioning_in_bytes=80\n"                                                               \
	"conditioning_out_bytes=32\n"                                                              \
	"conditioning_out_entropy=256.000000\n"                                                    \
	"ledger.entered_bits=8512804\n"                                                            \
	"ledger.made_bits=256\n"                                                                   \
	"ledger.settling_bits=800\n"                                                               \
	"ledger.held_bits=1552\n"                                                                  \
	"ledger.pool_bits=49600\n"                                                                 \
	"ledger.random_bits=32768\n"                                                               \
	"ledger.drbg_bits=768\n"                                                                   \
	"assessed_bits=24820\n"                                                                    \
	"urandom_seeded=1\n"                                                                       \
	"urandom_seeds=4\n"                                                                        \
	"urandom_seed_s=12.5\n"                                                                    \
	"urandom_bytes=10485760\n"                                                                 \
	"diverted=0\n"                                                                             \
	"raw_read_bytes=100\n"                                                                     \
	"urandom_waiting_readers=5\n"                                                              \
	"entropy_warning=0\n"                                                                      \
	"causality=proven\n"                                                                       \
	"causality_reason=\n"                                                                      \
	"causality_time=2026-11-21T17:57:11.123Z\n"                                                \
	"causality_count=1\n"                                                                      \
	"causality_bright_noise_lsb=31.250\n"                                                      \
	"causality_bright_level_lsb=512.0\n"                                                       \
	"causality_dark_noise_lsb=\n"                                                              \
	"causality_dark_level_lsb=\n"                                                              \
	"last_command=init\n"                                                                      \
	"last_result=0\n"                                                                          \
	"alarms=2\n"                                                                               \
	"entropy_symbols=8192\n"                                                                   \
	"symbol_shares=0.2512,0.2497,0.2490,0.2501\n"                                              \
	"min_entropy=1.9335\n"                                                                     \
	"min_entropy_upper=2.0000\n"                                                               \
	"entropy_next_symbols=8192\n"                                                              \
	"test.total_failure.trials=63\n"                                                           \
	"test.total_failure.alarms=1\n"                                                            \
	"test.total_failure.expected_alarms=4.123e-12\n"                                           \
	"test.total_failure.cutoff=13\n"                                                           \
	"test.total_failure.alpha=1.647745939e-12\n"                                               \
	"test.repetition.trials=25576\n"                                                           \
	"test.repetition.alarms=1\n"                                                               \
	"test.repetition.expected_alarms=6.815e-11\n"                                              \
	"test.repetition.cutoff=25\n"                                                              \
	"test.repetition.alpha=2.113986132e-14\n"                                                  \
	"test.proportion.trials=49\n"                                                              \
	"test.proportion.alarms=0\n"                                                               \
	"test.proportion.expected_alarms=5.352e-13\n"                                              \
	"test.proportion.cutoff=208\n"                                                             \
	"test.proportion.alpha=1.0823609e-11\n"                                                    \
	"test.lag.trials=49\n"                                                                     \
	"test.lag.alarms=0\n"                                                                      \
	"test.lag.expected_alarms=2.504e-13\n"                                                     \
	"test.lag.cutoff=213\n"                                                                    \
	"test.lag.alpha=3.382377812e-13\n"                                                         \
	"test.online.trials=60\n"                                                                  \
	"test.online.alarms=0\n"                                                                   \
	"test.online.expected_alarms=1.123e-16\n"                                                  \
	"test.online.cutoff=2469\n"                                                                \
	"test.online.alpha=8.396496677e-12\n"                                                      \
	"test.startup.trials=1\n"                                                                  \
	"test.startup.alarms=0\n"                                                                  \
	"test.startup.expected_alarms=4.329e-17\n"                                                 \
	"test.startup.cutoff=79.30344716\n"                                                        \
	"test.startup.alpha=9.536743164e-07\n"                                                     \
	"test.online.cutoff_long=71771\n"

/* What was there before is no part of what is understood now. */
static inline void load(struct snapshot *snapshot, const char *text)
{
	memset(snapshot, 0xa5, sizeof(*snapshot));
	snapshot->len_bytes = strlen(text);
	CU_ASSERT_FATAL(snapshot->len_bytes < sizeof(snapshot->text));
	memcpy(snapshot->text, text, snapshot->len_bytes + 1);
	snapshot_parse(snapshot);
}

#endif
