/* SPDX-License-Identifier: BSD-2-Clause */
/* A YAML file as a tree that remembers its lines. */
#include "daemon/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <yaml.h>

struct yaml_reader {
	yaml_parser_t parser;
	struct arena *arena;
	char *error;
	size_t size;
};

static int reader_fail(struct yaml_reader *reader, size_t line,
		       const char *what)
{
	(void)snprintf(reader->error, reader->size, "line %zu: %s", line, what);
	return -EINVAL;
}

static int reader_next(struct yaml_reader *reader, yaml_event_t *ret_event)
{
	if (yaml_parser_parse(&reader->parser, ret_event) == 1)
		return 0;
	return reader_fail(reader, reader->parser.problem_mark.line + 1,
			   reader->parser.problem != NULL
				   ? reader->parser.problem
				   : "this is not YAML");
}

static int reader_node(struct yaml_reader *reader, yaml_event_t *event,
		       unsigned int depth, struct yaml_node **ret_node);

static int reader_check_key(struct yaml_reader *reader,
			    const struct yaml_node *map,
			    const yaml_event_t *event)
{
	size_t line = event->start_mark.line + 1;

	if (event->type != YAML_SCALAR_EVENT)
		return reader_fail(reader, line, "a key must be a plain word");
	if (yaml_member(map, (const char *)event->data.scalar.value) != NULL)
		return reader_fail(reader, line,
				   "this key was given before in the same map");
	return 0;
}

/* The members of a map or the elements of a list, up to their end event. */
static int reader_children(struct yaml_reader *reader, struct yaml_node *node,
			   yaml_event_type_t end, unsigned int depth)
{
	struct yaml_node **tail = &node->child;

	for (;;) {
		const char *key = NULL;
		yaml_event_t event;
		int rc = reader_next(reader, &event);

		if (rc < 0)
			return rc;
		if (event.type == end) {
			yaml_event_delete(&event);
			return 0;
		}
		if (node->kind == YAML_MAP) {
			rc = reader_check_key(reader, node, &event);
			if (rc == 0) {
				key = arena_strdup(
					reader->arena,
					(const char *)event.data.scalar.value);
				rc = key != NULL ? 0 : -ENOMEM;
			}
			yaml_event_delete(&event);
			if (rc == 0)
				rc = reader_next(reader, &event);
			if (rc < 0)
				return rc;
		}
		rc = reader_node(reader, &event, depth + 1, tail);
		yaml_event_delete(&event);
		if (rc < 0)
			return rc;
		(*tail)->key = key;
		tail = &(*tail)->next;
	}
}

static int reader_scalar(struct yaml_reader *reader, struct yaml_node *node,
			 const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;

	if (strlen(text) != event->data.scalar.length)
		return reader_fail(reader, node->line,
				   "a value contains a NUL byte");
	if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    (strcmp(text, "~") == 0 || strcmp(text, "null") == 0))
		text = "";
	node->text = arena_strdup(reader->arena, text);
	return node->text != NULL ? 0 : -ENOMEM;
}

static int reader_node(struct yaml_reader *reader, yaml_event_t *event,
		       unsigned int depth, struct yaml_node **ret_node)
{
	struct yaml_node *node = arena_alloc(reader->arena, sizeof(*node));
	size_t line = event->start_mark.line + 1;
	int rc;

	if (node == NULL)
		return -ENOMEM;
	if (depth > YAML_DEPTH_MAX)
		return reader_fail(reader, line, "this is nested too deeply");
	node->line = line;
	node->text = "";
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		node->kind = YAML_SCALAR;
		rc = reader_scalar(reader, node, event);
		break;
	case YAML_SEQUENCE_START_EVENT:
		node->kind = YAML_LIST;
		rc = reader_children(reader, node, YAML_SEQUENCE_END_EVENT,
				     depth);
		break;
	case YAML_MAPPING_START_EVENT:
		node->kind = YAML_MAP;
		rc = reader_children(reader, node, YAML_MAPPING_END_EVENT,
				     depth);
		break;
	case YAML_ALIAS_EVENT:
		return reader_fail(reader, line,
				   "aliases are not understood here");
	default:
		return reader_fail(reader, line, "a value is expected here");
	}
	if (rc == 0)
		*ret_node = node;
	return rc;
}

/* Stream start, document start, the root, then nothing more. */
static int reader_document(struct yaml_reader *reader,
			   struct yaml_node **ret_root)
{
	yaml_event_t event;
	int rc;

	for (;;) {
		rc = reader_next(reader, &event);
		if (rc < 0)
			return rc;
		if (event.type == YAML_STREAM_END_EVENT) {
			yaml_event_delete(&event);
			return reader_fail(reader, 1, "the file is empty");
		}
		if (event.type != YAML_STREAM_START_EVENT &&
		    event.type != YAML_DOCUMENT_START_EVENT)
			break;
		yaml_event_delete(&event);
	}
	rc = reader_node(reader, &event, 0, ret_root);
	yaml_event_delete(&event);
	return rc;
}

int yaml_parse(struct arena *arena, const char *text, size_t len,
	       struct yaml_node **ret_root, char *ret_error, size_t size)
{
	struct yaml_reader reader = {
		.arena = arena, .error = ret_error, .size = size};
	int rc;

	if (len > YAML_FILE_MAX)
		return reader_fail(&reader, 1,
				   "the file is larger than 256 KiB");
	if (yaml_parser_initialize(&reader.parser) != 1)
		return -ENOMEM;
	yaml_parser_set_input_string(&reader.parser,
				     (const unsigned char *)text, len);
	rc = reader_document(&reader, ret_root);
	yaml_parser_delete(&reader.parser);
	if (rc == -ENOMEM)
		(void)snprintf(ret_error, size, "out of memory");
	return rc;
}

struct yaml_node *yaml_member(const struct yaml_node *map, const char *key)
{
	for (struct yaml_node *node = map->child; node != NULL;
	     node = node->next)
		if (node->key != NULL && strcmp(node->key, key) == 0)
			return node;
	return NULL;
}
