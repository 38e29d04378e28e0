/* Readers of the settings and the operating system; each fills and ends the rows. */
#ifndef HOST_SETTINGS_H
#define HOST_SETTINGS_H

#include "sources/host/host_rows.h"

void host_read_settings(struct host_reading *);
void host_read_setting_lines(struct host_reading *);
void host_read_os(struct host_reading *);

#endif
