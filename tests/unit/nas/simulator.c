/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts the simulator as a child, and scripts it. */
#include "simulator.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

static void spawn_simulator(struct simulator *simulator)
{
	const char *argv[] = {
		TRUENAS_SIM,
		"--user",
		"csi",
		"--api-key",
		simulator->peer.key_file,
		"--control",
		simulator->control,
		"--ready-file",
		simulator->ready,
		"--parent",
		"tank/k8s",
		NULL,
	};
	posix_spawn_file_actions_t actions;

	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addopen(&actions, 1, simulator->log,
					       O_WRONLY | O_CREAT | O_APPEND,
					       0600);
	(void)posix_spawn_file_actions_adddup2(&actions, 1, 2);
	assert_int_equal(posix_spawn(&simulator->peer.pid, TRUENAS_SIM,
				     &actions, NULL,
				     (char *const *)(uintptr_t)argv, environ),
			 0);
	(void)posix_spawn_file_actions_destroy(&actions);
}

static int read_port(const char *path)
{
	int64_t deadline_ns = clock_after_ms(30000);
	const struct timespec pause = {.tv_nsec = 5000000};
	char text[64] = "";

	while (strchr(text, '}') == NULL) {
		FILE *file = fopen(path, "r");

		assert_true(clock_now_ns() < deadline_ns);
		if (file == NULL) {
			(void)nanosleep(&pause, NULL);
			continue;
		}
		text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
		(void)fclose(file);
	}
	return (int)strtol(strchr(text, ':') + 1, NULL, 10);
}

static int dial(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(
		connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void name_file(struct simulator *simulator, const char *name,
		      char *ret_path, size_t size)
{
	(void)snprintf(ret_path, size, "%s/%s", simulator->peer.dir, name);
}

void simulator_start(struct simulator *simulator)
{
	struct peer *peer = &simulator->peer;

	*simulator = (struct simulator){.peer = {.input = -1}};
	(void)snprintf(peer->dir, sizeof(peer->dir), "/tmp/nas-test-XXXXXX");
	assert_non_null(mkdtemp(peer->dir));
	name_file(simulator, "key", peer->key_file, sizeof(peer->key_file));
	name_file(simulator, "log", simulator->log, sizeof(simulator->log));
	name_file(simulator, "ready", simulator->ready,
		  sizeof(simulator->ready));
	name_file(simulator, "control", simulator->control,
		  sizeof(simulator->control));
	peer_set_key(peer,
		     "1-abcdefghijklmnopqrstuvwxyz0123456789abcdefghijk\n");
	spawn_simulator(simulator);
	peer->port = read_port(simulator->ready);
	peer->input = dial(simulator->control);
	peer->drain = drain_new(CLOCK_NS_PER_S / 5, false);
	assert_non_null(peer->drain);
	peer_open(peer);
	peer_await(peer, true);
}

void simulator_stop(struct simulator *simulator)
{
	(void)kill(simulator->peer.pid, SIGTERM);
	(void)unlink(simulator->log);
	(void)unlink(simulator->ready);
	(void)unlink(simulator->control);
	peer_stop(&simulator->peer);
}

void simulator_command(struct simulator *simulator, const char *line)
{
	size_t len = strlen(line), n = 0;
	char answer[4096] = "";

	assert_int_equal(write(simulator->peer.input, line, len), len);
	assert_int_equal(write(simulator->peer.input, "\n", 1), 1);
	while (strchr(answer, '\n') == NULL) {
		ssize_t got = read(simulator->peer.input, answer + n,
				   sizeof(answer) - 1 - n);

		assert_true(got > 0);
		n += (size_t)got;
	}
	if (strncmp(answer, "{\"ok\"", 5) != 0)
		fail_msg("%s: %s", line, answer);
}
