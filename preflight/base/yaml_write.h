/* YAML that we print: the emitter of libyaml decides what must be escaped. */
#ifndef YAML_WRITE_H
#define YAML_WRITE_H

#include <stdio.h>

/* Writes a text in double quotes, on one line, and a line break. The text must be UTF-8. */
void yaml_write_text(FILE *, const char *);

#endif
