/*
 * The order of an image's layers, from the manifest of `docker save` or from the index of an OCI layout, and what is
 * left when each layer is laid upon those below it.
 */
#include "sources/release/release_image.h"

#include <string.h>

#include "base/json.h"

#define LINKS_MAX 8
#define INDEX_DEPTH 3

const struct image_member *
image_find(const struct image *im, const char *name)
{
	for (int links = 0; name != NULL && links < LINKS_MAX; links++) {
		const struct image_member *found = NULL;

		for (size_t i = 0; i < im->members.n && found == NULL; i++)
			if (strcmp(im->members.items[i].name, name) == 0)
				found = &im->members.items[i];
		if (found == NULL || found->alias == NULL)
			return found;
		name = found->alias;
	}
	return NULL;
}

/* NULL, and the reading failed: it is there and is not JSON. Not there: NULL as well, nothing failed. */
static json_t *
load(struct image *im, const char *name)
{
	const struct image_member *m = image_find(im, name);
	json_error_t why;
	json_t *v;

	if (m == NULL)
		return NULL;
	v = m->json != NULL ? json_loads(m->json, JSON_REJECT_DUPLICATES, &why) : NULL;
	if (v == NULL)
		(void)release_unsafe(im->rd, "it is cut or damaged: a list of the image is not JSON", name);
	return v;
}

static bool
wrong_list(struct image *im, const char *name)
{
	return release_unsafe(im->rd, "it is cut or damaged: a list of the image is not as expected", name);
}

static bool
add_layer(struct image *im, struct texts *names, const char *name)
{
	const struct image_member *m = image_find(im, name);

	if (m == NULL)
		return release_unsafe(im->rd, "it is cut, or saved in part: a layer of the image is missing", name);
	if (m->unreadable || m->json != NULL)
		return release_unsafe(
		    im->rd, "a layer of the image is encrypted, damaged or of an unknown format", name);
	ARENA_PUSH(im->rd->own, names, m->name);
	return true;
}

static bool
docker_layers(struct image *im, const json_t *manifest, struct texts *names)
{
	const json_t *layers = json_object_get(json_array_get(manifest, 0), "Layers"), *layer;
	char plain[RELEASE_NAME_MAX];
	size_t i;

	if (!json_is_array(manifest) || json_array_size(manifest) == 0 || !json_is_array(layers))
		return wrong_list(im, "manifest.json");
	if (json_array_size(manifest) > 1)
		return release_fail(
		    im->rd, "it contains %zu images: save one of them alone", json_array_size(manifest));
	json_array_foreach(layers, i, layer)
	{
		const char *name = json_string_value(layer);

		if (name == NULL || !release_plain_name(name, plain))
			return wrong_list(im, "manifest.json");
		if (!add_layer(im, names, plain))
			return false;
	}
	return true;
}

/* The name of the blob that a descriptor points to, or NULL. */
static const char *
blob_of(struct arena *a, const json_t *descriptor)
{
	const char *digest = json_string_value(json_object_get(descriptor, "digest"));

	if (digest == NULL || strncmp(digest, "sha256:", 7) != 0 || strlen(digest) != 7 + 64 ||
	    strspn(digest + 7, "0123456789abcdef") != 64)
		return NULL;
	return arena_printf(a, "blobs/sha256/%s", digest + 7);
}

/* Attestations are listed like images for no platform. */
static bool
is_no_image(const json_t *descriptor)
{
	const char *os = json_string_value(json_object_get(json_object_get(descriptor, "platform"), "os"));

	return os != NULL && strcmp(os, "unknown") == 0;
}

static bool
find_images(struct image *im, const char *index, struct texts *found, int depth)
{
	CLEANUP(json_drop) json_t *v = load(im, index);
	const json_t *list = json_object_get(v, "manifests"), *descriptor;
	size_t i;

	if (v == NULL)
		return !im->rd->failed; /* of another platform, and not in this archive */
	if (json_is_array(json_object_get(v, "layers"))) {
		if (!texts_has(found, index))
			ARENA_PUSH(im->rd->own, found, index);
		return true;
	}
	if (!json_is_array(list) || depth == 0)
		return wrong_list(im, index);
	json_array_foreach(list, i, descriptor)
	{
		const char *blob = blob_of(im->rd->own, descriptor);

		if (blob == NULL)
			return wrong_list(im, index);
		if (!is_no_image(descriptor) && !find_images(im, blob, found, depth - 1))
			return false;
	}
	return true;
}

static bool
oci_layers(struct image *im, struct texts *names)
{
	CLEANUP(json_drop) json_t *v = NULL;
	struct texts found = {0};
	const json_t *descriptor;
	size_t i;

	if (!find_images(im, "index.json", &found, INDEX_DEPTH))
		return false;
	if (found.n == 0)
		return release_fail(im->rd, "it is cut, or saved in part: the image that its index names is missing");
	if (found.n > 1)
		return release_fail(
		    im->rd, "it contains %zu images: save one of them alone, for one platform", found.n);
	v = load(im, found.items[0]);
	json_array_foreach(json_object_get(v, "layers"), i, descriptor)
	{
		const char *blob = blob_of(im->rd->own, descriptor);

		if (blob == NULL)
			return wrong_list(im, found.items[0]);
		if (!add_layer(im, names, blob))
			return false;
	}
	return true;
}

bool
image_layers(struct image *im, struct texts *names)
{
	CLEANUP(json_drop) json_t *manifest = load(im, "manifest.json");

	if (im->rd->failed)
		return false;
	if (manifest != NULL)
		return docker_layers(im, manifest, names);
	if (image_find(im, "index.json") != NULL)
		return oci_layers(im, names);
	return release_fail(
	    im->rd, "it is a tar archive without manifest.json and index.json: no container image, or one that is cut");
}

struct remaining {
	const struct change **items;
	size_t n, cap;
};

static bool
removes(const struct change *by, const struct change *c)
{
	return release_is_below(by->name, c->name) &&
	    (by->kind == CHANGE_GONE || by->name[0] == '\0' || c->name[strlen(by->name)] == '/');
}

static void
remove_by(struct remaining *left, const struct change *by)
{
	size_t kept = 0;

	for (size_t i = 0; i < left->n; i++)
		if (!removes(by, left->items[i]))
			left->items[kept++] = left->items[i];
	left->n = kept;
}

static void
put(struct arena *a, struct remaining *left, const struct change *c, size_t below)
{
	for (size_t i = 0; i < below; i++)
		if (strcmp(left->items[i]->name, c->name) == 0) {
			left->items[i] = c;
			return;
		}
	ARENA_PUSH(a, left, c);
}

/* What a layer removes is of those below it, whatever the order inside. */
static void
lay(struct arena *a, struct remaining *left, const struct changes *layer)
{
	size_t below;

	for (size_t i = 0; i < layer->n; i++)
		if (layer->items[i].kind == CHANGE_GONE || layer->items[i].kind == CHANGE_OPAQUE)
			remove_by(left, &layer->items[i]);
	below = left->n;
	for (size_t i = 0; i < layer->n; i++)
		if (layer->items[i].kind == CHANGE_FILE || layer->items[i].kind == CHANGE_OTHER)
			put(a, left, &layer->items[i], below);
}

bool
image_give(struct image *im, const struct texts *layers)
{
	struct remaining left = {0};

	for (size_t i = 0; i < layers->n; i++)
		lay(im->rd->own, &left, &image_find(im, layers->items[i])->changes);
	im->rd->files = 0; /* counted while the layers were read */
	for (size_t i = 0; i < left.n; i++) {
		const struct change *c = left.items[i];

		if (c->kind == CHANGE_OTHER)
			return release_unsafe(
			    im->rd, "it contains a link or a device in place of a file of GitLab", c->path);
		if (!release_admit(im->rd, "", c->path, (int64_t)c->len) ||
		    !release_give(im->rd, c->path, c->data, c->len))
			return false;
	}
	return true;
}
