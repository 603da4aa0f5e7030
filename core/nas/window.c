/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the calls to the NAS within its limits, and knows where each is. */
#include "nas/window.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Those that a write of ours goes to. */
static const char *const services[WINDOW_SERVICES] = {"iscsi.", "nvmet.",
						      "sharing."};

static size_t find_service(const struct slot_request *request)
{
	size_t i = 0;

	if (request->is_read)
		return WINDOW_SERVICES;
	while (i < WINDOW_SERVICES &&
	       !text_starts(request->method, services[i]))
		i++;
	return i;
}

void window_init(struct window *window, struct drain *drain)
{
	*window = (struct window){
		.drain = drain,
		.next_id = 1,
		.stuck_ns = WINDOW_STUCK_NS,
	};
	mutex_init(&window->lock);
	condition_init(&window->left);
	list_init(&window->queue);
	list_init(&window->flight);
	window->shut_ns = clock_now_ns();
}

void window_done(struct window *window)
{
	condition_done(&window->left);
	mutex_done(&window->lock);
}

char *window_frame(uint64_t id, const char *method, const char *params,
		   size_t *ret_len)
{
	static const char format[] = "{\"jsonrpc\":\"2.0\",\"id\":%" PRIu64
				     ",\"method\":\"%s\",\"params\":%s}";
	size_t size = sizeof(format) + 20 + strlen(method) + strlen(params);
	char *frame = malloc(size);

	if (frame == NULL)
		return NULL;
	*ret_len = (size_t)snprintf(frame, size, format, id, method, params);
	return frame;
}

uint64_t window_take_id(struct window *window)
{
	uint64_t id;

	mutex_lock(&window->lock);
	id = window->next_id++;
	mutex_unlock(&window->lock);
	return id;
}

static bool copy_text(char **ret_copy, const char *text, bool is_wanted)
{
	if (text == NULL || !is_wanted)
		return true;
	*ret_copy = strdup(text);
	return *ret_copy != NULL;
}

struct rpc_slot *slot_new(struct window *window,
			  const struct slot_request *request)
{
	struct rpc_slot *slot = calloc(1, sizeof(*slot));

	if (slot == NULL)
		return NULL;
	list_init(&slot->link);
	condition_init(&slot->changed);
	slot->id = window_take_id(window);
	slot->is_read = request->is_read;
	slot->is_secret = request->is_secret;
	slot->kind = request->kind;
	slot->service = find_service(request);
	slot->begun_ns = clock_now_ns();
	slot->frame = window_frame(slot->id, request->method, request->params,
				   &slot->len);
	if (slot->frame == NULL ||
	    !copy_text(&slot->method, request->method, true) ||
	    !copy_text(&slot->volume, request->volume, true) ||
	    !copy_text(&slot->params, request->params,
		       request->is_secret || request->keeps_params)) {
		slot_free(slot);
		return NULL;
	}
	return slot;
}

static void wipe(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
}

void slot_free(struct rpc_slot *slot)
{
	if (slot == NULL)
		return;
	if (slot->is_secret) {
		wipe(slot->params);
		wipe(slot->text);
		wipe(slot->frame);
	}
	free(slot->frame);
	free(slot->method);
	free(slot->params);
	free(slot->volume);
	free(slot->text);
	condition_done(&slot->changed);
	free(slot);
}

static void queue_locked(struct window *window, struct rpc_slot *slot,
			 bool is_first) REQUIRES(window->lock)
{
	slot->state = SLOT_QUEUED;
	slot->queued_ns = clock_now_ns();
	list_append(is_first ? window->queue.next : &window->queue,
		    &slot->link);
	window->n_queued++;
}

static void end_locked(struct rpc_slot *slot, enum slot_end end)
{
	slot->state = SLOT_ENDED;
	slot->end = end;
	condition_broadcast(&slot->changed);
}

bool window_submit(struct window *window, struct rpc_slot *slot, bool is_again)
{
	bool wakes;

	mutex_lock(&window->lock);
	if (!is_again)
		window->n_waiters++;
	free(slot->text);
	slot->text = NULL;
	if (window->is_closing)
		end_locked(slot, SLOT_CLOSED);
	else
		queue_locked(window, slot, is_again);
	wakes = window->is_open && window->n_flight < WINDOW_MAX;
	mutex_unlock(&window->lock);
	return wakes;
}

bool window_give_up_locked(struct window *window, struct rpc_slot *slot)
{
	if (slot->state == SLOT_QUEUED) {
		list_remove(&slot->link);
		window->n_queued--;
	}
	if (slot->state != SLOT_SENT)
		return false;
	slot->is_abandoned = true;
	slot->abandoned_ns = clock_now_ns();
	return true;
}

static bool is_full_locked(const struct window *window, size_t service)
	REQUIRES(window->lock)
{
	return service < WINDOW_SERVICES &&
	       window->n_writes[service] >= WINDOW_SERVICE_MAX;
}

/* Whether what is in flight is all given up, long ago; of @service, or all. */
static bool is_given_up_locked(const struct window *window, size_t service)
	REQUIRES(window->lock)
{
	int64_t before_ns = clock_now_ns() - window->stuck_ns;

	LIST_FOR_EACH(link, &window->flight)
	{
		const struct rpc_slot *slot =
			LIST_ENTRY(link, struct rpc_slot, link);

		if (service < WINDOW_SERVICES && slot->service != service)
			continue;
		if (!slot->is_abandoned || slot->abandoned_ns > before_ns)
			return false;
	}
	return true;
}

bool window_is_stuck_locked(const struct window *window)
{
	for (size_t i = 0; i < WINDOW_SERVICES; i++)
		if (is_full_locked(window, i) && is_given_up_locked(window, i))
			return true;
	return window->n_flight >= WINDOW_MAX &&
	       is_given_up_locked(window, WINDOW_SERVICES);
}

void window_collected(struct window *window)
{
	mutex_lock(&window->lock);
	if (--window->n_waiters == 0)
		condition_broadcast(&window->left);
	mutex_unlock(&window->lock);
}

/* The first in the queue whose service has a place free. */
static struct rpc_slot *take_locked(struct window *window)
	REQUIRES(window->lock)
{
	LIST_FOR_EACH(link, &window->queue)
	{
		struct rpc_slot *slot = LIST_ENTRY(link, struct rpc_slot, link);

		if (is_full_locked(window, slot->service))
			continue;
		list_remove(&slot->link);
		window->n_queued--;
		return slot;
	}
	return NULL;
}

static void enter_flight_locked(struct window *window, struct rpc_slot *slot)
	REQUIRES(window->lock)
{
	slot->state = SLOT_SENT;
	slot->sent++;
	slot->session = window->session;
	list_append(&window->flight, &slot->link);
	window->n_flight++;
	window->n_writes[slot->service]++;
}

static void leave_flight_locked(struct window *window, struct rpc_slot *slot)
	REQUIRES(window->lock)
{
	list_remove(&slot->link);
	window->n_flight--;
	window->n_writes[slot->service]--;
}

struct rpc_slot *window_next(struct window *window)
{
	struct rpc_slot *slot = NULL;

	mutex_lock(&window->lock);
	while (window->is_open && window->n_flight < WINDOW_MAX) {
		slot = take_locked(window);
		if (slot == NULL)
			break;
		if (!slot->is_read) {
			slot->ticket = drain_begin(window->drain, slot->volume,
						   slot->kind);
			if (slot->ticket == NULL) {
				end_locked(slot, SLOT_NO_MEMORY);
				slot = NULL;
				continue;
			}
		}
		enter_flight_locked(window, slot);
		break;
	}
	mutex_unlock(&window->lock);
	return slot;
}

static struct rpc_slot *find_locked(struct window *window, uint64_t id)
	REQUIRES(window->lock)
{
	LIST_FOR_EACH(link, &window->flight)
	{
		struct rpc_slot *slot = LIST_ENTRY(link, struct rpc_slot, link);

		if (slot->id == id)
			return slot;
	}
	return NULL;
}

bool window_answer(struct window *window, const struct reply *reply, char *text)
{
	struct rpc_slot *slot, *unwanted = NULL;

	mutex_lock(&window->lock);
	slot = find_locked(window, reply->id);
	if (slot != NULL) {
		leave_flight_locked(window, slot);
		if (slot->ticket != NULL)
			drain_end(window->drain, slot->ticket);
		slot->ticket = NULL;
		slot->text = text;
		slot->reply = *reply;
		if (slot->is_abandoned)
			unwanted = slot;
		else
			end_locked(slot, SLOT_ANSWERED);
	}
	mutex_unlock(&window->lock);
	if (unwanted != NULL)
		slot_free(unwanted);
	else if (slot == NULL)
		free(text);
	return slot != NULL;
}

uint64_t window_open(struct window *window)
{
	uint64_t session;

	mutex_lock(&window->lock);
	window->is_open = true;
	session = ++window->session;
	mutex_unlock(&window->lock);
	return session;
}

/* Those in the queue must reckon anew how long they may wait. */
void window_pause_locked(struct window *window)
{
	if (window->is_open) {
		window->is_open = false;
		window->shut_ns = clock_now_ns();
	}
	LIST_FOR_EACH(link, &window->queue)
	condition_broadcast(&LIST_ENTRY(link, struct rpc_slot, link)->changed);
}

/* One that was on the wire.  Returns it when nobody wants it any more. */
static struct rpc_slot *lose_locked(struct window *window,
				    struct rpc_slot *slot)
	REQUIRES(window->lock)
{
	leave_flight_locked(window, slot);
	if (slot->ticket != NULL)
		drain_lose(window->drain, slot->ticket);
	slot->ticket = NULL;
	if (slot->is_abandoned)
		return slot;
	if (!slot->is_read)
		end_locked(slot, SLOT_LOST);
	else if (window->is_closing)
		end_locked(slot, SLOT_CLOSED);
	else
		queue_locked(window, slot, true);
	return NULL;
}

void window_lose(struct window *window)
{
	mutex_lock(&window->lock);
	/* from the back, so that reads stand in front in their old order */
	while (!list_is_empty(&window->flight)) {
		struct rpc_slot *slot =
			LIST_ENTRY(window->flight.prev, struct rpc_slot, link);

		slot_free(lose_locked(window, slot));
	}
	window_pause_locked(window);
	mutex_unlock(&window->lock);
}

void window_close(struct window *window)
{
	struct list *link;

	mutex_lock(&window->lock);
	window->is_closing = true;
	while ((link = list_shift(&window->queue)) != NULL) {
		window->n_queued--;
		end_locked(LIST_ENTRY(link, struct rpc_slot, link),
			   SLOT_CLOSED);
	}
	mutex_unlock(&window->lock);
}

bool window_is_closing(struct window *window)
{
	bool is_closing;

	mutex_lock(&window->lock);
	is_closing = window->is_closing;
	mutex_unlock(&window->lock);
	return is_closing;
}

void window_wait_left(struct window *window)
{
	mutex_lock(&window->lock);
	while (window->n_waiters > 0)
		(void)condition_wait(&window->left, &window->lock, CLOCK_NEVER);
	mutex_unlock(&window->lock);
}
