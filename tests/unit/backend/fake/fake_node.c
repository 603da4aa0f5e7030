/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake's node: programs from the test's script, files in memory. */
#include <string.h>

#include "fake_parts.h"

scale_status fake_wait_event(struct scale_call *call, const char *subsystem,
			     uint32_t ms)
{
	struct fake_host *fake = fake_of(call);

	(void)ms; /* nothing ever takes time here */
	fake->n_waits++;
	(void)fake_note(fake, "", "wait", "");
	if (fake->on_wait != NULL)
		fake->on_wait(fake, subsystem == NULL ? "" : subsystem,
			      fake->hook_arg);
	return fake_service(fake);
}

static const char *join(struct fake_host *fake, const char *const *argv)
{
	const char *all = argv[0];

	while (*++argv != NULL)
		all = fake_keep_printf(&fake->parts->lent, "%s %s", all, *argv);
	return all;
}

static struct fake_program *choose(struct fake_parts *parts, const char *tool,
				   const char *line)
{
	for (size_t i = 0; i < parts->n_programs; i++) {
		struct fake_program *it = &parts->programs[i];

		if (it->times != 0 && strcmp(it->tool, tool) == 0 &&
		    (it->when == NULL || strstr(line, it->when) != NULL))
			return it;
	}
	return NULL;
}

/* What the script says of one run. */
static scale_status run(struct fake_host *fake, struct scale_exec *exec,
			const char *line)
{
	struct fake_parts *parts = fake->parts;
	struct fake_program *program = choose(parts, exec->argv[0], line);

	if (program == NULL) {
		fake_complain(fake, "no program in the script for '%s'", line);
		return fake_say(fake, SCALE_INTERNAL, "not in the script");
	}
	if (program->times != UINT32_MAX)
		program->times--;
	if (program->status != SCALE_OK)
		return fake_say(fake, program->status,
				"running '%s' failed (scripted)",
				exec->argv[0]);
	exec->exit_code = program->exit_code;
	exec->out = fake_keep_text(&parts->lent,
				   program->out == NULL ? "" : program->out);
	exec->err = fake_keep_text(&parts->lent,
				   program->err == NULL ? "" : program->err);
	return SCALE_OK;
}

scale_status fake_exec(struct scale_call *call, struct scale_exec *exec)
{
	struct fake_host *fake = fake_of(call);
	scale_status st = fake_service(fake);
	struct fake_step *step;
	const char *line;

	if (fake->is_controller)
		return fake_say(fake, SCALE_UNIMPLEMENTED,
				"the controller runs no programs");
	if (st != SCALE_OK)
		return st;
	line = join(fake, exec->argv);
	step = fake_note(fake, "exec:", exec->argv[0], line);
	step->input = fake_keep_text(&fake->parts->lent, exec->input);
	step->flags = exec->flags;
	if (!SCALE_HAS(exec, exit_code))
		fake_complain(fake, "exec() without struct_size");
	if (!fake_matches(fake->backend->tools, exec->argv[0]))
		fake_complain(fake, "the tool '%s' is not declared",
			      exec->argv[0]);
	fake_complain_secret(fake, "argv", line);
	if (exec->input != NULL && (exec->flags & SCALE_EXEC_SECRET) == 0)
		fake_complain_secret(fake, "input", exec->input);
	if (fake->on_exec != NULL)
		fake->on_exec(fake, line, fake->hook_arg);
	return run(fake, exec, line);
}

/* A file or a directory that was declared, or something below that. */
static int is_declared(const char *const *paths, const char *path)
{
	if (strstr(path, "/../") != NULL)
		return 0;
	for (; paths != NULL && *paths != NULL; paths++) {
		size_t len = strlen(*paths);

		if (strncmp(*paths, path, len) == 0 &&
		    (path[len] == '\0' || path[len] == '/' ||
		     (*paths)[len - 1] == '/'))
			return 1;
	}
	return 0;
}

static scale_status enter(struct fake_host *fake, const char *path)
{
	scale_status st = fake_service(fake);

	if (fake->is_controller)
		return fake_say(fake, SCALE_UNIMPLEMENTED,
				"the controller has no host's files");
	if (st != SCALE_OK)
		return st;
	if (is_declared(fake->backend->paths, path))
		return SCALE_OK;
	fake_complain(fake, "the path '%s' is not declared", path);
	return fake_say(fake, SCALE_INTERNAL, "'%s' is not declared", path);
}

scale_status fake_host_read(struct scale_call *call, const char *path,
			    const char **ret_text)
{
	struct fake_host *fake = fake_of(call);
	const char *text = fake_entry_get(&fake->parts->files, path);
	scale_status st = enter(fake, path);

	(void)fake_note(fake, "read:", path, "");
	if (st != SCALE_OK)
		return st;
	if (text == NULL)
		return fake_say(fake, SCALE_NOT_FOUND, "there is no file '%s'",
				path);
	*ret_text = fake_keep_text(&fake->parts->lent, text);
	return SCALE_OK;
}

scale_status fake_host_write(struct scale_call *call, const char *path,
			     uint32_t mode, const char *text)
{
	struct fake_host *fake = fake_of(call);
	scale_status st = enter(fake, path);

	(void)fake_note(fake, "write:", path, "");
	if (st == SCALE_OK)
		fake_entry_set(&fake->parts->files, path, text, mode);
	return st;
}
