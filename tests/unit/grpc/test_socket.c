/* SPDX-License-Identifier: BSD-2-Clause */
/* The listening socket: its place, its replacement, its end, its clients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mutex.h"
#include "grpc/socket.h"

#define PATIENCE_MS 10000

/* A directory of its own for each test, and what came to its listener. */
struct place {
	char dir[64];
	char path[96];
	struct mutex lock;
	struct condition changed;
	int n_accepted;          /* (lock) */
	int n_failed;            /* (lock) */
	int error;               /* (lock) of the last failure */
	struct socket_peer peer; /* (lock) of the last client */
};

static void note_accepted(void *arg, int fd, const struct socket_peer *peer)
{
	struct place *p = arg;

	(void)close(fd);
	mutex_lock(&p->lock);
	p->n_accepted++;
	p->peer = *peer;
	condition_broadcast(&p->changed);
	mutex_unlock(&p->lock);
}

static void note_failed(void *arg, int error)
{
	struct place *p = arg;

	mutex_lock(&p->lock);
	p->n_failed++;
	p->error = error;
	condition_broadcast(&p->changed);
	mutex_unlock(&p->lock);
}

static bool wait_for(struct place *p, const int *counter, int at_least)
{
	int64_t until_ns = clock_after_ms(PATIENCE_MS);

	mutex_lock(&p->lock);
	while (*counter < at_least &&
	       condition_wait(&p->changed, &p->lock, until_ns))
		;
	bool is_there = *counter >= at_least;
	mutex_unlock(&p->lock);
	return is_there;
}

static struct socket_events events_of(struct place *p)
{
	return (struct socket_events){
		.accepted = note_accepted, .failed = note_failed, .arg = p};
}

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/scale-socket-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->path, sizeof(p->path), "%s/csi.sock", p->dir);
	mutex_init(&p->lock);
	condition_init(&p->changed);
	*state = p;
	return 0;
}

static int remove_place(void **state)
{
	struct place *p = *state;

	(void)remove(p->path); /* most tests leave none */
	int r = rmdir(p->dir); /* fails if a temporary name was left */
	condition_done(&p->changed);
	mutex_done(&p->lock);
	free(p);
	return r;
}

static int connect_to(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (fd != -1 &&
	    connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static struct socket_listener *listen_at(struct place *p)
{
	struct socket_listener *l = NULL;
	char why[SOCKET_WHY_BYTES] = "";

	if (socket_listen(p->path, 0660, &l, why) != 0)
		fail_msg("%s", why);
	return l;
}

static void the_mode_does_not_depend_on_the_umask(void **state)
{
	struct place *p = *state;
	mode_t before = umask(0);
	struct socket_listener *l = listen_at(p);
	struct stat st;

	umask(before);
	assert_int_equal(lstat(p->path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0660);
	socket_close(l);
	assert_int_equal(lstat(p->path, &st), -1);
}

static void a_client_comes_with_its_process_and_user(void **state)
{
	struct place *p = *state;
	struct socket_listener *l = listen_at(p);
	struct socket_events events = events_of(p);

	assert_int_equal(socket_accept(l, &events), 0);
	int fd = connect_to(p->path);
	assert_int_not_equal(fd, -1);
	assert_true(wait_for(p, &p->n_accepted, 1));
	assert_int_equal(p->peer.pid, getpid());
	assert_int_equal(p->peer.uid, geteuid());
	assert_int_equal(p->peer.gid, getegid());
	(void)close(fd);
	socket_close(l);
}

static void a_client_may_connect_before_anybody_accepts(void **state)
{
	struct place *p = *state;
	struct socket_listener *l = listen_at(p);
	struct socket_events events = events_of(p);
	int fd = connect_to(p->path);

	assert_int_not_equal(fd, -1);
	assert_int_equal(socket_accept(l, &events), 0);
	assert_true(wait_for(p, &p->n_accepted, 1));
	(void)close(fd);
	socket_close(l);
}

static void a_stale_socket_is_replaced(void **state)
{
	struct place *p = *state;
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int stale = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(addr.sun_path, p->path, strlen(p->path) + 1);
	assert_int_equal(bind(stale, (struct sockaddr *)&addr, sizeof(addr)),
			 0);
	(void)close(stale);
	assert_int_equal(connect_to(p->path), -1);

	struct socket_listener *l = listen_at(p);
	int fd = connect_to(p->path);
	assert_int_not_equal(fd, -1);
	(void)close(fd);
	socket_close(l);
}

static void what_is_not_a_socket_is_left_alone(void **state)
{
	struct place *p = *state;
	struct socket_listener *l = NULL;
	char why[SOCKET_WHY_BYTES] = "";
	struct stat before, after;
	int fd = open(p->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_int_not_equal(fd, -1);
	(void)close(fd);
	assert_int_equal(lstat(p->path, &before), 0);
	assert_int_equal(socket_listen(p->path, 0660, &l, why), -EEXIST);
	assert_null(l);
	assert_non_null(strstr(why, p->path));
	assert_non_null(strstr(why, "not a socket"));
	assert_int_equal(lstat(p->path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);

	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(symlink("/nowhere", p->path), 0);
	assert_int_equal(socket_listen(p->path, 0660, &l, why), -EEXIST);
	assert_int_equal(lstat(p->path, &after), 0);
	assert_true(S_ISLNK(after.st_mode));
}

static void unusable_paths_are_told_in_a_sentence(void **state)
{
	static const struct {
		const char *path;
		int error;
	} rows[] = {
		{"/nowhere/at/all/csi.sock", ENOENT},
		{"relative.sock", EINVAL},
		{"/1234567890123456789012345678901234567890123456789012345678"
		 "9012345678901234567890123456789012345678901234.sock",
		 ENAMETOOLONG},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct socket_listener *l = NULL;
		char why[SOCKET_WHY_BYTES] = "";
		assert_int_equal(socket_listen(rows[i].path, 0660, &l, why),
				 -rows[i].error);
		assert_null(l);
		assert_non_null(strstr(why, rows[i].path));
	}
}

static void closing_leaves_a_successors_socket(void **state)
{
	struct place *p = *state;
	struct socket_listener *old = listen_at(p);
	struct socket_listener *new = listen_at(p);

	socket_close(old);
	int fd = connect_to(p->path);
	assert_int_not_equal(fd, -1);
	(void)close(fd);
	socket_close(new);
	assert_int_equal(access(p->path, F_OK), -1);
}

/* The old server: tells when it serves, ends when it is told to. */
static void serve_as_old_process(struct place *p, int in, int out)
{
	struct socket_listener *l = NULL;
	char why[SOCKET_WHY_BYTES];
	struct socket_events events = events_of(p);
	char byte = 'x';
	int r = socket_listen(p->path, 0660, &l, why);

	if (r == 0)
		r = socket_accept(l, &events);
	if (r != 0 || write(out, &byte, 1) != 1 || read(in, &byte, 1) != 1)
		_exit(1);
	socket_close(l);
	_exit(0);
}

static void the_exit_of_an_old_process_leaves_the_new_socket(void **state)
{
	struct place *p = *state;
	int to_old[2], from_old[2];
	char byte = 'x';
	int status = -1;

	assert_int_equal(pipe2(to_old, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from_old, O_CLOEXEC), 0);
	pid_t old = fork();
	if (old == 0)
		serve_as_old_process(p, to_old[0], from_old[1]);
	assert_int_not_equal(old, -1);
	(void)close(from_old[1]);
	assert_int_equal(read(from_old[0], &byte, 1), 1);

	struct socket_listener *l = listen_at(p);
	struct socket_events events = events_of(p);
	assert_int_equal(socket_accept(l, &events), 0);
	assert_int_equal(write(to_old[1], &byte, 1), 1);
	assert_int_equal(waitpid(old, &status, 0), old);
	assert_int_equal(status, 0);

	int fd = connect_to(p->path);
	assert_int_not_equal(fd, -1);
	assert_true(wait_for(p, &p->n_accepted, 1));
	(void)close(fd);
	(void)close(to_old[0]);
	(void)close(to_old[1]);
	(void)close(from_old[0]);
	socket_close(l);
	assert_int_equal(access(p->path, F_OK), -1);
}

struct knocker {
	const char *path;     /* constant after init */
	atomic_bool is_over;  /* atomic */
	atomic_int n_in;      /* atomic */
	atomic_int n_refused; /* atomic */
};

static void *knock(void *arg)
{
	struct knocker *k = arg;

	while (!atomic_load(&k->is_over)) {
		int fd = connect_to(k->path);
		atomic_fetch_add(fd == -1 ? &k->n_refused : &k->n_in, 1);
		if (fd != -1)
			(void)close(fd);
	}
	return NULL;
}

static void a_replacement_never_refuses_a_client(void **state)
{
	enum { ROUNDS = 50 };
	struct place *p = *state;
	struct socket_listener *all[ROUNDS];
	struct socket_events events = events_of(p);
	struct knocker k = {.path = p->path};
	pthread_t thread;

	all[0] = listen_at(p);
	assert_int_equal(socket_accept(all[0], &events), 0);
	assert_int_equal(pthread_create(&thread, NULL, knock, &k), 0);
	for (int i = 1; i < ROUNDS; i++) {
		int want = atomic_load(&k.n_in) + 1;
		all[i] = listen_at(p);
		assert_int_equal(socket_accept(all[i], &events), 0);
		assert_true(wait_for(p, &p->n_accepted, want));
	}
	atomic_store(&k.is_over, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(atomic_load(&k.n_in) >= ROUNDS);
	assert_int_equal(atomic_load(&k.n_refused), 0);
	for (int i = 0; i < ROUNDS; i++)
		socket_close(all[i]);
}

static void a_lack_of_descriptors_is_told_once_and_survived(void **state)
{
	struct place *p = *state;
	struct socket_listener *l = listen_at(p);
	struct socket_events events = events_of(p);
	struct rlimit before, none;
	int fd = connect_to(p->path);

	assert_int_not_equal(fd, -1);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = (rlim_t)fd + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(socket_accept(l, &events), 0);
	bool was_told = wait_for(p, &p->n_failed, 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(was_told);
	assert_true(wait_for(p, &p->n_accepted, 1));
	assert_int_equal(p->error, EMFILE);
	assert_int_equal(p->n_failed, 1);
	(void)close(fd);
	socket_close(l);
}

static void closing_nothing_is_allowed(void **state)
{
	(void)state;
	socket_close(NULL);
}

#define AT_A_PLACE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AT_A_PLACE(the_mode_does_not_depend_on_the_umask),
		AT_A_PLACE(a_client_comes_with_its_process_and_user),
		AT_A_PLACE(a_client_may_connect_before_anybody_accepts),
		AT_A_PLACE(a_stale_socket_is_replaced),
		AT_A_PLACE(what_is_not_a_socket_is_left_alone),
		cmocka_unit_test(unusable_paths_are_told_in_a_sentence),
		AT_A_PLACE(closing_leaves_a_successors_socket),
		AT_A_PLACE(the_exit_of_an_old_process_leaves_the_new_socket),
		AT_A_PLACE(a_replacement_never_refuses_a_client),
		AT_A_PLACE(a_lack_of_descriptors_is_told_once_and_survived),
		cmocka_unit_test(closing_nothing_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
