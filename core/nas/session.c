/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logs in when the link is up, again when the login has expired, and tells the
 * window when calls may go.  Runs on the loop's thread but for
 * session_expired().
 */
#include "nas/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "nas/json.h"
#include "nas/parts.h"
#include "nas/reason.h"

/* The NAS sleeps up to 10 s before it answers a login it does not like. */
#define ANSWER_NS (30 * CLOCK_NS_PER_S)

/* Pauses after what only a person can mend, and after a full rate limiter. */
#define REFUSED_NS  (30 * CLOCK_NS_PER_S)
#define KEY_FILE_NS (5 * CLOCK_NS_PER_S)

#define KEY_MAX 1024

static void drop_frame(struct session *session)
{
	if (session->frame != NULL) /* it may hold the key */
		explicit_bzero(session->frame, session->len);
	free(session->frame);
	session->frame = NULL;
	session->is_unsent = false;
}

/* Begin a call of our own; nothing else is sent before it. */
static bool send_own(struct nas *nas, enum session_step step,
		     const char *method, const char *params)
{
	struct session *session = &nas->session;

	drop_frame(session);
	session->id = window_take_id(&nas->window);
	session->frame =
		window_frame(session->id, method, params, &session->len);
	if (session->frame == NULL) {
		link_drop(nas->link, "no memory is left to log in to the NAS",
			  KEY_FILE_NS);
		return false;
	}
	session->step = step;
	session->is_unsent = true;
	link_set_timer(nas->link, ANSWER_NS);
	link_pump(nas->link);
	return true;
}

/* The first line of the key file; 0 or a negative errno. */
static int read_key(const char *path, char ret_key[KEY_MAX])
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, ret_key, KEY_MAX - 1);
	if (n < 0)
		return -errno;
	ret_key[n] = '\0';
	ret_key[strcspn(ret_key, "\r\n")] = '\0';
	return ret_key[0] != '\0' ? 0 : -ENODATA;
}

/* Until when the budget allows no login; 0: it does. */
static int64_t budget_wait_ns(const struct session *session)
{
	int64_t oldest_ns = session->logins[session->next];
	int64_t wait_ns = oldest_ns + SESSION_LOGINS_NS - clock_now_ns();

	return oldest_ns != 0 && wait_ns > 0 ? wait_ns : 0;
}

static const char *login_params(struct arena *arena, const char *username,
				const char *key)
{
	struct json_builder json;

	json_init(&json, arena);
	json_begin_array(&json);
	json_begin_object(&json);
	json_key(&json, "mechanism");
	json_put_text(&json, "API_KEY_PLAIN");
	json_key(&json, "username");
	json_put_text(&json, username);
	json_key(&json, "api_key");
	json_put_text(&json, key);
	json_key(&json, "login_options");
	json_put_raw(&json, "{\"user_info\":false}");
	json_end_object(&json);
	json_end_array(&json);
	return json_text(&json);
}

static void begin_login(struct nas *nas)
{
	struct session *session = &nas->session;
	int64_t wait_ns = budget_wait_ns(session);
	struct arena *arena;
	char key[KEY_MAX], why[400];
	const char *params;
	int rc;

	if (wait_ns > 0) {
		session->step = SESSION_BUDGET;
		link_set_timer(nas->link, wait_ns);
		return;
	}
	rc = read_key(nas->config.api_key_file, key);
	if (rc != 0) {
		(void)snprintf(why, sizeof(why),
			       "the API key file '%s' cannot be used: %s",
			       nas->config.api_key_file,
			       rc == -ENODATA ? "its first line is empty"
					      : strerrordesc_np(-rc));
		link_drop(nas->link, why, KEY_FILE_NS);
		return;
	}
	arena = arena_new(16384);
	params = arena != NULL ? login_params(arena, nas->config.username, key)
			       : NULL;
	explicit_bzero(key, sizeof(key));
	if (params == NULL) {
		link_drop(nas->link, "no memory is left to log in to the NAS",
			  KEY_FILE_NS);
	} else if (send_own(nas, SESSION_LOGIN, "auth.login_ex", params)) {
		session->logins[session->next] = clock_now_ns();
		session->next = (session->next + 1) % SESSION_LOGINS;
	}
	arena_wipe(arena);
}

/* What stands behind "the NAS at '...' " for a login that did not succeed. */
static const struct {
	const char *type, *text;
} refusals[] = {
	{"AUTH_ERR", "does not accept the API key: check it and its owner's "
		     "name"},
	{"EXPIRED", "says that the API key has expired or was revoked: make "
		    "a new one"},
	{"DENIED", "gives the owner of the API key no access to its API: "
		   "grant a privilege"},
	{"OTP_REQUIRED", "wants a one-time password, so API keys are not "
			 "allowed for this user"},
	{"REDIRECT", "is the standby controller: use the address that both "
		     "share"},
};

static void refuse_login(struct nas *nas, const char *text)
{
	char why[500];

	(void)snprintf(why, sizeof(why),
		       "the NAS at '%s' %s (user '%s', key file '%s'); the "
		       "next try follows in 30 s",
		       nas->endpoint.authority, text, nas->config.username,
		       nas->config.api_key_file);
	link_drop(nas->link, why, REFUSED_NS);
}

static void refuse_by_error(struct nas *nas, struct span error)
{
	struct arena *arena = arena_new(65536);
	struct reason reason;
	struct text text;
	char buf[400];

	text_init(&text, buf, sizeof(buf));
	text_put(&text, "refuses the login: ");
	if (arena != NULL) {
		(void)reason_read(arena, error, NULL, &reason);
		text_put(&text, reason.text);
	} else {
		text_put(&text, "no memory is left to say why");
	}
	refuse_login(nas, buf);
	arena_free(arena);
}

/* Calls may go.  The drain table must know before they do. */
static void become_ready(struct nas *nas)
{
	struct session *session = &nas->session;
	bool was_bad;

	session->step = SESSION_READY;
	link_settle(nas->link);
	if (!session->knows_version)
		drain_note_login(nas->config.drain, clock_now_ns());
	session->knows_version = true;
	mutex_lock(&nas->window.lock);
	nas->wants_login = false;
	nas->why_not[0] = '\0';
	nas->logins++;
	nas->since_ns = clock_now_ns();
	was_bad = complaint_over(&session->complaint);
	mutex_unlock(&nas->window.lock);
	(void)window_open(&nas->window);
	log_line(nas->config.log, was_bad ? SCALE_NOTICE : SCALE_INFO,
		 "logged in to the NAS at '%s', TrueNAS %s",
		 nas->endpoint.authority, nas->version);
	link_pump(nas->link);
}

static void on_login(struct nas *nas, const struct reply *reply)
{
	struct span type;

	if (reply->error.at != NULL) {
		refuse_by_error(nas, reply->error);
		return;
	}
	if (!scan_find(reply->result, "/response_type", &type))
		type = (struct span){"", 0};
	if (scan_is(type, "\"SUCCESS\"")) {
		if (nas->session.knows_version)
			become_ready(nas);
		else
			(void)send_own(nas, SESSION_VERSION, "system.version",
				       "[]");
		return;
	}
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const char *name = refusals[i].type;

		if (type.len == strlen(name) + 2 &&
		    memcmp(type.at + 1, name, type.len - 2) == 0) {
			refuse_login(nas, refusals[i].text);
			return;
		}
	}
	refuse_login(nas, "answers the login in a way that is not known here");
}

static void refuse_version(struct nas *nas, const char *version)
{
	char why[400];

	(void)snprintf(why, sizeof(why),
		       "the NAS at '%s' says its version is '%s', and this "
		       "driver needs TrueNAS 25.04 or newer",
		       nas->endpoint.authority, version);
	link_drop(nas->link, why, REFUSED_NS);
}

static void on_version(struct nas *nas, const struct reply *reply)
{
	static const char prefix[] = "TrueNAS-";
	const struct release *release;
	char version[64] = "", *shown = version;
	struct text text;
	uint32_t number;

	text_init(&text, version, sizeof(version));
	if (reply->result.at != NULL && reply->result.len > 2) {
		auto_free char *raw =
			strndup(reply->result.at + 1, reply->result.len - 2);

		text_put_printable(&text, raw != NULL ? raw : "");
	}
	number = release_parse(version);
	release = release_find(number);
	if (release == NULL) {
		refuse_version(nas, version);
		return;
	}
	if (strncmp(version, prefix, strlen(prefix)) == 0)
		shown += strlen(prefix);
	mutex_lock(&nas->window.lock);
	nas->number = number;
	nas->release = release;
	memcpy(nas->version, shown, strlen(shown) + 1);
	mutex_unlock(&nas->window.lock);
	become_ready(nas);
}

static void on_opened(void *arg)
{
	struct nas *nas = arg;

	mutex_lock(&nas->window.lock);
	nas->connects++;
	mutex_unlock(&nas->window.lock);
	nas->session.knows_version = false;
	begin_login(nas);
}

static bool on_next_frame(void *arg, struct link_frame *ret_frame)
{
	struct nas *nas = arg;
	struct session *session = &nas->session;
	struct rpc_slot *slot;

	if (session->is_unsent) {
		session->is_unsent = false;
		ret_frame->text = session->frame;
		ret_frame->len = session->len;
		return true;
	}
	slot = window_next(&nas->window);
	if (slot == NULL)
		return false;
	ret_frame->text = slot->frame;
	ret_frame->len = slot->len;
	return true;
}

static void on_own_answer(struct nas *nas, const struct reply *reply)
{
	enum session_step step = nas->session.step;

	link_set_timer(nas->link, -1);
	drop_frame(&nas->session);
	nas->session.id = 0;
	if (step == SESSION_LOGIN)
		on_login(nas, reply);
	else if (step == SESSION_VERSION)
		on_version(nas, reply);
}

static bool on_received(void *arg, char *text, size_t len)
{
	struct nas *nas = arg;
	struct reply reply = reply_read(text, len);

	switch (reply.kind) {
	case REPLY_ANSWER:
		if (nas->session.id != 0 && reply.id == nas->session.id) {
			on_own_answer(nas, &reply);
			break;
		}
		/* an answer to nothing we asked is passed over */
		(void)window_answer(&nas->window, &reply, text);
		link_pump(nas->link);
		return true;
	case REPLY_NOTIFICATION:
		jobs_note(nas, &reply);
		break;
	default:
		free(text);
		return false;
	}
	free(text);
	return true;
}

static void on_closed(void *arg, const char *why)
{
	struct nas *nas = arg;
	struct session *session = &nas->session;
	bool is_loss = session->step == SESSION_READY, is_due;
	unsigned int waiting;

	session->step = SESSION_DOWN;
	session->id = 0;
	drop_frame(session);
	window_lose(&nas->window);
	jobs_lose(nas);
	mutex_lock(&nas->window.lock);
	(void)snprintf(nas->why_not, sizeof(nas->why_not), "%s", why);
	if (is_loss) {
		nas->losses++;
		nas->since_ns = clock_now_ns();
	}
	waiting = nas->window.n_queued;
	is_due = !nas->window.is_closing &&
		 complaint_due(&session->complaint, clock_now_ns());
	mutex_unlock(&nas->window.lock);
	if (is_due)
		log_line(nas->config.log, SCALE_WARNING, "%s; %u calls wait",
			 why, waiting);
}

static void on_woken(void *arg)
{
	struct nas *nas = arg;
	bool wants_login, is_stuck;

	if (window_is_closing(&nas->window)) {
		link_drop(nas->link, "the driver ends", 0);
		return;
	}
	mutex_lock(&nas->window.lock);
	wants_login = nas->wants_login;
	nas->wants_login = false;
	is_stuck = nas->is_stuck;
	nas->is_stuck = false;
	mutex_unlock(&nas->window.lock);
	if (is_stuck)
		link_drop(nas->link,
			  "the NAS has left ten calls unanswered for minutes, "
			  "so the connection was given up",
			  0);
	else if (wants_login && nas->session.step == SESSION_READY)
		begin_login(nas);
	link_pump(nas->link);
}

static void on_timer(void *arg)
{
	struct nas *nas = arg;
	char why[300];

	if (nas->session.step == SESSION_BUDGET) {
		begin_login(nas);
		return;
	}
	(void)snprintf(why, sizeof(why),
		       "the NAS at '%s' is connected but does not answer the "
		       "login",
		       nas->endpoint.authority);
	link_drop(nas->link, why, 0);
}

const struct link_events session_events = {
	.opened = on_opened,
	.next_frame = on_next_frame,
	.received = on_received,
	.closed = on_closed,
	.woken = on_woken,
	.timer = on_timer,
};

void session_expired(struct nas *nas, uint64_t session)
{
	bool is_first;

	mutex_lock(&nas->window.lock);
	is_first = nas->window.is_open && nas->window.session == session;
	if (is_first) {
		window_pause_locked(&nas->window);
		nas->wants_login = true;
		(void)snprintf(nas->why_not, sizeof(nas->why_not),
			       "the login at the NAS '%s' has expired and is "
			       "being renewed",
			       nas->endpoint.authority);
	}
	mutex_unlock(&nas->window.lock);
	if (is_first)
		link_wake(nas->link);
}
