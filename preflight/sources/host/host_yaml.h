/* Readers of values of YAML files; each fills and ends the rows. */
#ifndef HOST_YAML_H
#define HOST_YAML_H

#include "sources/host/host_rows.h"

void host_read_yaml(struct host_reading *);

#endif
