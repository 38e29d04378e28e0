/* Writes single values of YAML through libyaml. The caller writes keys and comments, which libyaml cannot. */
#include "base/yaml_write.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/base.h"

/* A document of nothing but the text; emitting an event frees it. */
static bool
emit(yaml_emitter_t *y, const char *text)
{
	yaml_char_t *value = (yaml_char_t *)xstrdup(text);
	yaml_event_t e;
	bool ok = yaml_stream_start_event_initialize(&e, YAML_UTF8_ENCODING) == 1 && yaml_emitter_emit(y, &e) == 1 &&
	    yaml_document_start_event_initialize(&e, NULL, NULL, NULL, 1) == 1 && yaml_emitter_emit(y, &e) == 1 &&
	    yaml_scalar_event_initialize(
		&e, NULL, NULL, value, (int)strlen(text), 1, 1, YAML_DOUBLE_QUOTED_SCALAR_STYLE) == 1 &&
	    yaml_emitter_emit(y, &e) == 1 && yaml_document_end_event_initialize(&e, 1) == 1 &&
	    yaml_emitter_emit(y, &e) == 1 && yaml_stream_end_event_initialize(&e) == 1 && yaml_emitter_emit(y, &e) == 1;

	free(value);
	return ok && yaml_emitter_flush(y) == 1;
}

void
yaml_write_text(FILE *f, const char *text)
{
	yaml_emitter_t y;

	if (yaml_emitter_initialize(&y) != 1)
		out_of_memory();
	yaml_emitter_set_output_file(&y, f);
	yaml_emitter_set_width(&y, -1);
	yaml_emitter_set_unicode(&y, 1);
	if (!emit(&y, text))
		(void)fputs("\"\" # this text cannot be written as YAML\n", f);
	yaml_emitter_delete(&y);
}
