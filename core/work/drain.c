/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One record per volume that has something to remember: mutations on their
 * way, losses that may still be executed, and who made or removed it last.
 */
#include "work/drain.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/table.h"

#define KINDS 2

/* What this process did last to the volume as a whole. */
enum mark { MARK_NONE, MARK_CREATED, MARK_DELETED };

/* All fields: (lock) of the table, but the name, which is constant. */
struct record {
	unsigned int in_flight[KINDS];
	bool awaits_login[KINDS];  /* a loss that no login has followed */
	int64_t settles_ns[KINDS]; /* of the losses that one has; 0: none */
	enum mark mark;
	char volume[];
};

struct drain_ticket {
	struct record *record; /* NULL: of no volume */
	enum drain_kind kind;
};

struct drain {
	int64_t settle_ns;      /* constant after init */
	struct mutex lock;      /* order 50 */
	struct table *records;  /* (lock) volume -> struct record */
	int64_t start_until_ns; /* (lock) when the predecessor's calls are
				 * over; CLOCK_NEVER before the first login */
	bool is_started;        /* (lock) that time has come */
};

struct drain *drain_new(int64_t settle_ns, bool assume_predecessor)
{
	struct drain *drain = calloc(1, sizeof(*drain));

	if (drain == NULL)
		return NULL;
	drain->records = table_new();
	if (drain->records == NULL) {
		free(drain);
		return NULL;
	}
	drain->settle_ns = settle_ns;
	drain->start_until_ns = assume_predecessor ? CLOCK_NEVER : 0;
	drain->is_started = !assume_predecessor;
	mutex_init(&drain->lock);
	return drain;
}

static int free_record(const char *volume, void *value, void *arg)
{
	(void)volume;
	(void)arg;
	free(value);
	return 0;
}

void drain_free(struct drain *drain)
{
	if (drain == NULL)
		return;
	(void)table_each(drain->records, free_record, NULL);
	table_free(drain->records);
	mutex_done(&drain->lock);
	free(drain);
}

/* The record of @volume, made if need be; NULL when memory is out. */
static struct record *record_of(struct drain *drain, const char *volume)
	REQUIRES(drain->lock)
{
	struct record *record = table_get(drain->records, volume);
	size_t len = strlen(volume);

	if (record != NULL)
		return record;
	record = calloc(1, sizeof(*record) + len + 1);
	if (record == NULL)
		return NULL;
	memcpy(record->volume, volume, len + 1);
	if (table_set(drain->records, volume, record) != 0) {
		free(record);
		return NULL;
	}
	return record;
}

static bool has_loss(const struct record *record)
{
	for (size_t kind = 0; kind < KINDS; kind++) {
		if (record->awaits_login[kind] || record->settles_ns[kind] != 0)
			return true;
	}
	return false;
}

static bool is_on_its_way(const struct record *record)
{
	return record->in_flight[DRAIN_CREATE] > 0 ||
	       record->in_flight[DRAIN_DELETE] > 0;
}

/* A mark is of use only while a call unknown to us may still be executed. */
static void drop_if_idle(struct drain *drain, struct record *record)
	REQUIRES(drain->lock)
{
	if (is_on_its_way(record) || has_loss(record))
		return;
	if (record->mark != MARK_NONE && !drain->is_started)
		return;
	(void)table_remove(drain->records, record->volume);
	free(record);
}

struct drain_ticket *drain_begin(struct drain *drain, const char *volume,
				 enum drain_kind kind)
{
	struct drain_ticket *ticket = calloc(1, sizeof(*ticket));
	struct record *record;

	if (ticket == NULL)
		return NULL;
	ticket->kind = kind;
	if (volume == NULL)
		return ticket;
	mutex_lock(&drain->lock);
	record = record_of(drain, volume);
	if (record != NULL) {
		record->in_flight[kind]++;
		/* What we removed may come back by what we send now. */
		if (kind == DRAIN_CREATE && record->mark == MARK_DELETED)
			record->mark = MARK_NONE;
	}
	ticket->record = record;
	mutex_unlock(&drain->lock);
	if (record == NULL) {
		free(ticket);
		return NULL;
	}
	return ticket;
}

static void end(struct drain *drain, struct drain_ticket *ticket, bool is_lost)
{
	struct record *record = ticket->record;

	if (record != NULL) {
		mutex_lock(&drain->lock);
		record->in_flight[ticket->kind]--;
		if (is_lost)
			record->awaits_login[ticket->kind] = true;
		drop_if_idle(drain, record);
		mutex_unlock(&drain->lock);
	}
	free(ticket);
}

void drain_end(struct drain *drain, struct drain_ticket *ticket)
{
	end(drain, ticket, false);
}

void drain_lose(struct drain *drain, struct drain_ticket *ticket)
{
	end(drain, ticket, true);
}

static int settle_record(const char *volume, void *value, void *arg)
{
	struct record *record = value;
	const int64_t *until_ns = arg;

	(void)volume;
	for (size_t kind = 0; kind < KINDS; kind++) {
		if (!record->awaits_login[kind])
			continue;
		record->awaits_login[kind] = false;
		record->settles_ns[kind] = *until_ns;
	}
	return 0;
}

void drain_note_login(struct drain *drain, int64_t now_ns)
{
	int64_t until_ns;

	if (__builtin_add_overflow(now_ns, drain->settle_ns, &until_ns))
		until_ns = CLOCK_NEVER;
	mutex_lock(&drain->lock);
	if (!drain->is_started && drain->start_until_ns == CLOCK_NEVER)
		drain->start_until_ns = until_ns;
	(void)table_each(drain->records, settle_record, &until_ns);
	mutex_unlock(&drain->lock);
}

/* When the volume's losses of one kind are over: 0 is at once. */
static int64_t over_ns(const struct record *record, enum drain_kind kind,
		       int64_t now_ns)
{
	if (record->in_flight[kind] > 0 || record->awaits_login[kind])
		return CLOCK_NEVER;
	return record->settles_ns[kind] > now_ns ? record->settles_ns[kind] : 0;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

struct drain_state drain_look(struct drain *drain, const char *volume,
			      int64_t now_ns)
{
	struct drain_state state = {0};
	const struct record *record;

	mutex_lock(&drain->lock);
	if (now_ns >= drain->start_until_ns)
		drain->is_started = true;
	record = table_get(drain->records, volume);
	if (record != NULL) {
		int64_t creates = over_ns(record, DRAIN_CREATE, now_ns);
		int64_t deletes = over_ns(record, DRAIN_DELETE, now_ns);

		state.creates = creates != 0;
		state.deletes = deletes != 0;
		state.until_ns = later(creates, deletes);
	}
	if (!drain->is_started &&
	    (record == NULL || record->mark != MARK_CREATED)) {
		state.predecessor = true;
		state.until_ns = later(state.until_ns, drain->start_until_ns);
	}
	mutex_unlock(&drain->lock);
	return state;
}

static void set_mark(struct drain *drain, const char *volume, enum mark mark)
{
	struct record *record;

	mutex_lock(&drain->lock);
	/* Without memory nothing is known of it, which is the safe side. */
	record = record_of(drain, volume);
	if (record != NULL) {
		record->mark = mark;
		drop_if_idle(drain, record);
	}
	mutex_unlock(&drain->lock);
}

void drain_note_created(struct drain *drain, const char *volume)
{
	set_mark(drain, volume, MARK_CREATED);
}

void drain_note_deleted(struct drain *drain, const char *volume)
{
	set_mark(drain, volume, MARK_DELETED);
}

static bool has_mark(struct drain *drain, const char *volume, enum mark mark)
{
	const struct record *record;
	bool has;

	mutex_lock(&drain->lock);
	record = table_get(drain->records, volume);
	has = record != NULL && record->mark == mark;
	mutex_unlock(&drain->lock);
	return has;
}

bool drain_has_created(struct drain *drain, const char *volume)
{
	return has_mark(drain, volume, MARK_CREATED);
}

bool drain_has_deleted(struct drain *drain, const char *volume)
{
	return has_mark(drain, volume, MARK_DELETED);
}

struct sweep {
	struct drain *drain;
	int64_t now_ns;
};

/* Runs inside drain_forget_lost(), with the lock. */
static int sweep_record(const char *volume, void *value, void *arg) NO_ANALYSIS
{
	struct record *record = value;
	const struct sweep *sweep = arg;

	(void)volume;
	for (size_t kind = 0; kind < KINDS; kind++) {
		if (record->settles_ns[kind] <= sweep->now_ns)
			record->settles_ns[kind] = 0;
	}
	drop_if_idle(sweep->drain, record);
	return 0;
}

void drain_forget_lost(struct drain *drain, int64_t now_ns)
{
	struct sweep sweep = {drain, now_ns};

	mutex_lock(&drain->lock);
	if (now_ns >= drain->start_until_ns)
		drain->is_started = true;
	(void)table_each(drain->records, sweep_record, &sweep);
	mutex_unlock(&drain->lock);
}
