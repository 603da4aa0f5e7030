/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deletes controllers, through sysfs alone: to find them through libnvme asks
 * every namespace of the machine who it is, and hangs on one whose NAS is dead.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

#define CLASS_DIR "/sys/class/nvme"
#define TEXT_MAX  512
#define PATH_ROOM 512

/* How long a controller with a dead NAS may take to notice it: keep alive 5 s,
 * twice, and some more. */
#define NOTICE_TRIES  75
#define NOTICE_TRY_MS 200
#define GREET_MS      2000

/* The first line of the controller's file, or "". */
static void read_file(const char *name, const char *file, char text[TEXT_MAX])
{
	char path[PATH_ROOM];
	ssize_t n = 0;
	int fd;

	(void)snprintf(path, sizeof(path), CLASS_DIR "/%s/%s", name, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, TEXT_MAX - 1);
		(void)close(fd); /* was only read */
	}
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

/* The value of "traddr" in "traddr=10.0.0.5,trsvcid=4420"; cut if too long. */
static void find_field(const char *fields, const char *key,
		       char value[TEXT_MAX])
{
	size_t len = strlen(key);

	value[0] = '\0';
	while (*fields != '\0') {
		size_t n = strcspn(fields, ",");

		if (n > len && strncmp(fields, key, len) == 0 &&
		    fields[len] == '=')
			(void)snprintf(value, TEXT_MAX, "%.*s",
				       (int)(n - len - 1), fields + len + 1);
		fields += n;
		fields += *fields == ',';
	}
}

static int is_live(const char *name)
{
	char state[TEXT_MAX];

	read_file(name, "state", state);
	return strcmp(state, "live") == 0;
}

/*
 * A controller that is live although its NAS is dead takes 38 s to delete, one
 * that has noticed takes one (vmrig.md 10.4): so if the port does not answer,
 * give it time to notice.
 */
static void let_it_notice(const char *name)
{
	char fields[TEXT_MAX], address[TEXT_MAX], port[TEXT_MAX];

	read_file(name, "address", fields);
	find_field(fields, "traddr", address);
	find_field(fields, "trsvcid", port);
	if (!is_live(name) || address[0] == '\0' || port[0] == '\0' ||
	    greet(address, port, GREET_MS, NULL) == ENDING_DONE)
		return;
	/* its state tells nobody that it changes: look from time to time */
	for (int i = 0; i < NOTICE_TRIES && is_live(name); i++)
		(void)poll(NULL, 0, NOTICE_TRY_MS);
}

static enum ending delete_controller(const char *name)
{
	char path[PATH_ROOM];
	ssize_t n;
	int fd;

	let_it_notice(name);
	(void)snprintf(path, sizeof(path), CLASS_DIR "/%s/delete_controller",
		       name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0) /* it is gone already, or we may not */
		return errno == ENOENT ? ENDING_DONE : ENDING_STAYS;
	n = write(fd, "1", 1);
	if (n == 1)
		(void)printf("controller=%s\n", name);
	else
		(void)printf("reason=%s\n", strerrordesc_np(errno));
	(void)close(fd); /* write() has told */
	return n == 1 ? ENDING_DONE : ENDING_STAYS;
}

enum ending fabrics_disconnect(const struct request *request)
{
	const char *nqn = request_get(request, "nqn");
	DIR *dir = opendir(CLASS_DIR);
	enum ending ending = ENDING_DONE, one;
	struct dirent *entry;
	char is[TEXT_MAX];

	if (nqn == NULL)
		ending = ENDING_REQUEST;
	while (ending != ENDING_REQUEST && dir != NULL &&
	       (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		read_file(entry->d_name, "subsysnqn", is);
		if (strcmp(is, nqn) != 0)
			continue;
		one = delete_controller(entry->d_name);
		if (one != ENDING_DONE)
			ending = one;
	}
	if (dir != NULL)
		(void)closedir(dir); /* was only read */
	return ending;
}
