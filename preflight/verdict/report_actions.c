/*
 * The list of actions that clears a gate: the steps of all that blocks or waits, equal steps once with the commands of
 * each finding below. Steps are neither made nor reworded here, only put together.
 */
#include "verdict/report_actions.h"

#include <string.h>

struct gathered {
	const char *text;
	bool last;
	struct texts commands, findings;
};
struct action_list {
	struct arena *arena;
	struct gathered *items;
	size_t n, cap;
};

static struct gathered *
find(const struct action_list *l, const char *text)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].text, text) == 0)
			return &l->items[i];
	return NULL;
}

static bool
is_listed(const struct action_list *l, const char *command)
{
	for (size_t i = 0; i < l->n; i++)
		if (texts_has(&l->items[i].commands, command))
			return true;
	return false;
}

/* A command is given once, whatever the words around it are. */
static void
add_step(struct action_list *l, const struct remedy_step *s, const char *key)
{
	struct gathered *g = find(l, s->text);

	if (g == NULL && s->command != NULL && is_listed(l, s->command))
		return;
	if (g == NULL) {
		ARENA_PUSH(l->arena, l, ((struct gathered){.text = s->text, .last = s->last}));
		g = &l->items[l->n - 1];
	}
	if (s->command != NULL && !is_listed(l, s->command))
		ARENA_PUSH(l->arena, &g->commands, s->command);
	if (!texts_has(&g->findings, key))
		ARENA_PUSH(l->arena, &g->findings, key);
}

/* The own install method comes first; where it is not known, the Linux package. */
static void
add_remedy(struct action_list *l, const struct remedy *r, size_t n, const char *key)
{
	for (size_t i = 0; n > 0 && i < r->n_steps; i++)
		if (!r->steps[i].optional)
			add_step(l, &r->steps[i], key);
}

static void
add_group(struct action_list *l, const struct group *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->n_remedies > 0)
			add_remedy(l, g->remedies, g->n_remedies, g->items[i]->key);
		else
			add_remedy(l, g->items[i]->remedies, g->items[i]->n_remedies, g->items[i]->key);
}

static struct action
action_of(const struct gathered *g)
{
	return (struct action){.text = g->text,
	    .commands = g->commands.items,
	    .n_commands = g->commands.n,
	    .findings = g->findings.items,
	    .n_findings = g->findings.n};
}

void
report_actions(struct arena *a, struct gate_result *gate)
{
	static const enum effect order[] = {EF_BLOCKS, EF_WAITS};
	struct action_list l = {.arena = a};
	struct action *actions;

	for (size_t e = 0; e < nitems(order); e++)
		for (size_t i = 0; i < gate->n_groups; i++)
			if (gate->groups[i].effect == order[e])
				add_group(&l, &gate->groups[i]);
	actions = arena_alloc(a, (l.n + 1) * sizeof *actions);
	for (int last = 0; last <= 1; last++)
		for (size_t i = 0; i < l.n; i++)
			if (l.items[i].last == last)
				actions[gate->n_actions++] = action_of(&l.items[i]);
	gate->actions = actions;
}
