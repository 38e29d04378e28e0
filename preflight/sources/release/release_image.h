/*
 * Inside the kind release: what is kept of a container image until the order of its layers is known.
 */
#ifndef RELEASE_IMAGE_H
#define RELEASE_IMAGE_H

#include "sources/release/release_pipe.h"

#define IMAGE_JSON_MAX ((size_t)1 << 20) /* bytes; jansson takes nine times as much */
#define IMAGE_MEMBERS_MAX ((size_t)5000)

enum change_kind {
	CHANGE_FILE,   /* a wanted file */
	CHANGE_OTHER,  /* a link or a device in place of one */
	CHANGE_GONE,   /* this name, and all below, of the layers before */
	CHANGE_OPAQUE, /* all below it, of the layers before */
};
struct change {
	enum change_kind kind;
	const char *name; /* in the image */
	const char *path; /* for the caller */
	const char *data;
	size_t len;
};

/* A file of the image's archive or directory: a layer, or JSON, or another name for one. */
struct image_member {
	const char *name;
	const char *alias; /* or NULL */
	const char *json;  /* or NULL */
	bool unreadable;   /* neither JSON nor a layer */
	struct changes {
		struct change *items;
		size_t n, cap;
	} changes;
};
struct image {
	struct release_reading *rd;
	struct image_members {
		struct image_member *items;
		size_t n, cap;
	} members;
	size_t held;
};

/* Reads one file of the image. */
bool image_add(struct image *, const char *name, struct release_pipe *) MUST;
/* Notes that `name` is a link to `target`; `beside`: relative to the folder of `name`. */
bool image_add_link(struct image *, const char *name, const char *target, bool beside) MUST;
/* A file by its name, links followed, or NULL. */
const struct image_member *image_find(const struct image *, const char *name);
/* The names of the layers, lowest first. */
bool image_layers(struct image *, struct texts *names) MUST;
/* Gives the caller what the layers leave, one above the other. */
bool image_give(struct image *, const struct texts *layers) MUST;

#endif
