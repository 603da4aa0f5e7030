/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens and closes the NAS, and tells how it is. */
#include "nas/nas.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nas/parts.h"
#include "nas/tree.h"

static void free_text(const char *text)
{
	free((void *)(uintptr_t)text); /* our own copy, const for readers */
}

static void nas_free(struct nas *nas)
{
	free_text(nas->config.url);
	free_text(nas->config.username);
	free_text(nas->config.api_key_file);
	free_text(nas->config.ca_file);
	free_text(nas->config.tls_name);
	nas_url_done(&nas->endpoint);
	window_done(&nas->window);
	free(nas);
}

static bool copy_text(const char **text)
{
	if (*text == NULL)
		return true;
	*text = strdup(*text);
	return *text != NULL;
}

/* All of them, also after a failure: nas_free() then frees only copies. */
static bool copy_config(struct nas *nas, const struct nas_config *config)
{
	bool ok;

	nas->config = *config;
	ok = copy_text(&nas->config.url);
	ok = copy_text(&nas->config.username) && ok;
	ok = copy_text(&nas->config.api_key_file) && ok;
	ok = copy_text(&nas->config.ca_file) && ok;
	ok = copy_text(&nas->config.tls_name) && ok;
	return ok;
}

/* What can be said about a configuration without asking the NAS. */
static int check(struct nas *nas, char *ret_error, size_t size)
{
	const struct nas_config *config = &nas->config;
	int rc = nas_url_parse(config->url, &nas->endpoint, ret_error, size);

	if (rc != 0)
		return rc;
	if (!nas->endpoint.is_tls && !config->allow_plain_loopback) {
		(void)snprintf(ret_error, size,
			       "the NAS address '%.200s' is without TLS, and "
			       "the NAS revokes keys sent that way: use wss://",
			       config->url);
		return -EPERM;
	}
	if (!nas->endpoint.is_tls && nas->endpoint.is_literal &&
	    !nas_url_is_loopback(nas->endpoint.host)) {
		(void)snprintf(ret_error, size,
			       "the NAS address '%.200s' is without TLS and "
			       "not on this host: use wss://",
			       config->url);
		return -EPERM;
	}
	if (config->ca_file != NULL && access(config->ca_file, R_OK) != 0) {
		rc = -errno;
		(void)snprintf(ret_error, size,
			       "the CA file '%.200s' cannot be read: %s",
			       config->ca_file, strerrordesc_np(-rc));
		return rc;
	}
	return 0;
}

static int start(struct nas *nas, char *ret_error, size_t size)
{
	struct link_events events = session_events;
	struct link_config config = {
		.endpoint = &nas->endpoint,
		.ca_file = nas->config.ca_file,
		.tls_name = nas->config.tls_name != NULL ? nas->config.tls_name
							 : nas->endpoint.host,
		.ping_ns = nas->config.ping_ns,
	};
	int rc;

	(void)snprintf(nas->why_not, sizeof(nas->why_not),
		       "the NAS at '%s' has not been reached yet",
		       nas->endpoint.authority);
	nas->since_ns = clock_now_ns();
	events.arg = nas;
	rc = link_new(&config, &events, &nas->link);
	if (rc != 0)
		(void)snprintf(ret_error, size,
			       "the link to the NAS at '%s' cannot be set up: "
			       "%s%s%s",
			       nas->endpoint.authority, strerrordesc_np(-rc),
			       nas->config.ca_file != NULL ? ", CA file " : "",
			       nas->config.ca_file != NULL ? nas->config.ca_file
							   : "");
	return rc;
}

int nas_open(const struct nas_config *config, struct nas **ret_nas,
	     char *ret_error, size_t size)
{
	struct nas *nas = calloc(1, sizeof(*nas));
	int rc = -ENOMEM;

	(void)snprintf(ret_error, size, "no memory left to open the NAS");
	if (nas == NULL)
		return rc;
	json_object_seed(0); /* before threads use it */
	window_init(&nas->window, config->drain);
	jobs_init(&nas->jobs);
	if (copy_config(nas, config))
		rc = check(nas, ret_error, size);
	if (rc == 0)
		rc = start(nas, ret_error, size);
	if (rc != 0) {
		nas_free(nas);
		return rc;
	}
	link_start(nas->link);
	*ret_nas = nas;
	return 0;
}

/*
 * What is on the wire is ended by the loop, which may be writing it.  The link
 * goes when nobody is left to wake it.
 */
void nas_close(struct nas *nas)
{
	if (nas == NULL)
		return;
	window_close(&nas->window);
	jobs_lose(nas); /* wakes those who wait for one */
	link_wake(nas->link);
	window_wait_left(&nas->window);
	link_free(nas->link);
	window_lose(&nas->window);
	jobs_lose(nas);
	free(nas->session.frame);
	nas_free(nas);
}

void nas_get_status(struct nas *nas, struct nas_status *ret_status)
{
	struct window *window = &nas->window;

	mutex_lock(&window->lock);
	*ret_status = (struct nas_status){
		.is_connected = window->is_open,
		.number = nas->number,
		.since_ns = nas->since_ns,
		.queued = window->n_queued,
		.in_flight = window->n_flight,
		.connects = nas->connects,
		.logins = nas->logins,
		.losses = nas->losses,
	};
	memcpy(ret_status->why_not, nas->why_not, sizeof(nas->why_not));
	memcpy(ret_status->version, nas->version, sizeof(nas->version));
	mutex_unlock(&window->lock);
}

const struct release *nas_release(struct nas *nas)
{
	const struct release *release;

	mutex_lock(&nas->window.lock);
	release = nas->release;
	mutex_unlock(&nas->window.lock);
	return release;
}

bool nas_has_method(struct nas *nas, const char *method)
{
	uint32_t number;

	mutex_lock(&nas->window.lock);
	number = nas->number;
	mutex_unlock(&nas->window.lock);
	return number != 0 && release_has_method(number, method);
}

struct drain *nas_drain(struct nas *nas)
{
	return nas->config.drain;
}

uint64_t nas_session_id(struct nas *nas)
{
	uint64_t session;

	mutex_lock(&nas->window.lock);
	session = nas->window.session;
	mutex_unlock(&nas->window.lock);
	return session;
}
