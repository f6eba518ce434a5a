/*
 * What the extensions for tests share: reports of lines "key=value", arguments from the query string, and a file of
 * events beside the library.
 *
 * In a report's values, control characters, DEL and the percent sign are written as %XX; other bytes stay.
 */
#ifndef KIT_H
#define KIT_H

#include <stddef.h>

#include "isapi.h"

/* Set as the last error before a call, to see whether the call changed it. */
#define MARKER 12345u

#define REPORT_CAPACITY 131072

struct report {
  EXTENSION_CONTROL_BLOCK *ecb;
  size_t length;
  char text[REPORT_CAPACITY];
};

/* A report in memory of its own, or NULL; report_send releases it. */
struct report *report_begin(EXTENSION_CONTROL_BLOCK *ecb);
void report_text(struct report *report, const char *key, const char *value); /* NULL is reported as (null) */
void report_bytes(struct report *report, const char *key, const void *value, size_t length);
void report_number(struct report *report, const char *key, long long value);
void report_hex(struct report *report, const char *key, unsigned long long value);
/* ret=, error= (the last error, MARKER when it was left alone); call it directly after the call it reports on */
void report_result(struct report *report, BOOL returned);
/* Sends the report with a text/plain header and releases it. Returns what HttpExtensionProc is to return. */
DWORD report_send(struct report *report);
/* The same without a header, for a response that has one already. */
DWORD report_send_body(struct report *report);

/* Sends text as the client is to get it. */
BOOL send_text(EXTENSION_CONTROL_BLOCK *ecb, const char *text);

/*
 * The value of a name in "a=1&b=text&c", percent-decoded ('+' stays), cut to the capacity. Returns FALSE and an
 * empty value when the name is not there; a name without "=" has an empty value.
 */
BOOL argument(EXTENSION_CONTROL_BLOCK *ecb, const char *name, char *value, size_t capacity);
/* The same as a number (decimal, or hexadecimal after 0x); `otherwise` when it is not there. */
long argument_number(EXTENSION_CONTROL_BLOCK *ecb, const char *name, long otherwise);

/* Appends a line to "<path of this library>.events"; each line is written at once. */
void append_event(const char *line);

void sleep_milliseconds(unsigned long milliseconds);

#endif
