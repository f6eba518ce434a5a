/*
 * An extension that does what the query string says: "name", "name=argument" or "name=argument&option=...".
 *
 * Requests and responses (this file):
 *   hello                    "hello" as text/plain (also without a query)
 *   nothing                  returns at once
 *   block                    every field of the control block
 *   write=COUNT&size=BYTES   COUNT writes of BYTES bytes (default 1 of 1024): the letters a to z over and over;
 *                            stops when a write fails
 *   read=BYTES               reads the body in pieces of BYTES (default 4096), then once more; reports the lengths, the
 *                            number of calls, the FNV-1a checksum (32 bits) of the body, and the last call's result;
 *                            a call that fails goes to the file of events too
 *   raw=TEXT                 writes the text as it is, without sending headers first; with `split`, byte by byte
 *   printf                   writes a line to stdout and one to stderr
 *   sleep=MS                 waits, then reports
 *   gone=COUNT               up to COUNT writes, 20 ms apart, until one fails; the outcome goes to the file of events
 *   meet=COUNT               waits (10 s at most) until COUNT requests are in this library at once
 *   process                  process and thread id, bits, working directory
 *   env=NAME                 a variable of the process's environment
 * Calls into the server: scenario-calls.c. Crashes: scenario-crashes.c.
 *
 * Options of every scenario:
 *   status=N                 puts N into dwHttpStatusCode first
 *   return=N                 HttpExtensionProc returns N when the scenario is done
 *   begin=BYTES              sends a header and the line "begun" first, and so many bytes after it (default 0)
 *   event=TEXT               writes the text to the file of events first
 *   log=TEXT                 puts the text into lpszLogData first
 * A scenario that is not there is reported as unknown=NAME.
 */
#ifndef _WIN32
#define _GNU_SOURCE /* gettid through syscall */
#endif

#include "scenario.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <direct.h>
#define getcwd _getcwd
#define PROCESS_ID() ((long long)GetCurrentProcessId())
#define THREAD_ID() ((long long)GetCurrentThreadId())
#else
#include <sys/syscall.h>
#include <unistd.h>
#define PROCESS_ID() ((long long)getpid())
#define THREAD_ID() ((long long)syscall(SYS_gettid))
#endif

static DWORD hello(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)text;
  return send_text(ecb, "Content-Type: text/plain\r\n\r\nhello\n") ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
}

static DWORD nothing(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)ecb;
  (void)text;
  return HSE_STATUS_SUCCESS;
}

static DWORD block(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)text;
  struct report *report = report_begin(ecb);
  report_number(report, "cbSize", ecb->cbSize);
  report_hex(report, "dwVersion", ecb->dwVersion);
  report_number(report, "connIsBlock", ecb->ConnID == (HCONN)ecb);
  report_number(report, "dwHttpStatusCode", ecb->dwHttpStatusCode);
  report_text(report, "lpszLogData", ecb->lpszLogData);
  report_text(report, "lpszMethod", ecb->lpszMethod);
  report_text(report, "lpszQueryString", ecb->lpszQueryString);
  report_text(report, "lpszPathInfo", ecb->lpszPathInfo);
  report_text(report, "lpszPathTranslated", ecb->lpszPathTranslated);
  report_number(report, "cbTotalBytes", ecb->cbTotalBytes);
  report_number(report, "cbAvailable", ecb->cbAvailable);
  report_number(report, "lpbDataIsNull", ecb->lpbData == NULL);
  if (ecb->lpbData != NULL) {
    report_number(report, "lpbDataTerminated", ecb->lpbData[ecb->cbAvailable] == 0);
    report_bytes(report, "lpbData", ecb->lpbData, ecb->cbAvailable < 1000 ? ecb->cbAvailable : 1000);
  }
  report_text(report, "lpszContentType", ecb->lpszContentType);
  report_number(report, "functions", ecb->GetServerVariable != NULL && ecb->WriteClient != NULL &&
                                         ecb->ReadClient != NULL && ecb->ServerSupportFunction != NULL);
  return report_send(report);
}

static DWORD write_many(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  long count = text[0] != '\0' ? strtol(text, NULL, 0) : 1;
  long size = argument_number(ecb, "size", 1024);
  if (size < 1 || size > 16 * 1024 * 1024) return HSE_STATUS_ERROR;
  char *piece = malloc((size_t)size);
  if (piece == NULL) return HSE_STATUS_ERROR;
  BOOL sent = send_text(ecb, "Content-Type: text/plain\r\n\r\n");
  unsigned position = 0;
  for (long i = 0; sent && i < count; i++) {
    for (long k = 0; k < size; k++) piece[k] = (char)('a' + position++ % 26);
    position %= 26;
    DWORD bytes = (DWORD)size;
    sent = ecb->WriteClient(ecb->ConnID, piece, &bytes, HSE_IO_SYNC);
  }
  free(piece);
  return sent ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
}

static uint32_t fnv1a(uint32_t hash, const unsigned char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) hash = (hash ^ bytes[i]) * 16777619u;
  return hash;
}

static DWORD read_body(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  long piece = text[0] != '\0' ? strtol(text, NULL, 0) : 4096;
  if (piece < 1 || piece > 16 * 1024 * 1024) return HSE_STATUS_ERROR;
  unsigned char *buffer = malloc((size_t)piece);
  if (buffer == NULL) return HSE_STATUS_ERROR;

  uint32_t hash = fnv1a(2166136261u, ecb->lpbData, ecb->cbAvailable);
  long long total = ecb->cbAvailable;
  long calls = 0;
  BOOL known = ecb->cbTotalBytes != 0xFFFFFFFFu;
  BOOL read = TRUE;
  DWORD size = 1;
  DWORD error = 0;
  while (read && size > 0 && (!known || total < (long long)ecb->cbTotalBytes)) {
    size = (DWORD)piece;
    isapi_set_last_error(MARKER);
    read = ecb->ReadClient(ecb->ConnID, buffer, &size);
    error = isapi_last_error();
    calls++;
    hash = fnv1a(hash, buffer, size);
    total += size;
  }
  if (!read) {
    char line[100];
    snprintf(line, sizeof line, "read ret=0 error=%lu size=%lu", (unsigned long)error,
             (unsigned long)size);
    append_event(line);
  }
  /* One call past the end: TRUE with no bytes. */
  if (read) {
    size = (DWORD)piece;
    isapi_set_last_error(MARKER);
    read = ecb->ReadClient(ecb->ConnID, buffer, &size);
    error = isapi_last_error();
  }
  struct report *report = report_begin(ecb);
  isapi_set_last_error(error);
  report_result(report, read);
  report_number(report, "size", size);
  report_number(report, "cbTotalBytes", ecb->cbTotalBytes);
  report_number(report, "cbAvailable", ecb->cbAvailable);
  report_number(report, "total", total);
  report_number(report, "calls", calls);
  report_hex(report, "fnv1a", hash);
  free(buffer);
  return report_send(report);
}

static DWORD raw(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  char option[8];
  if (!argument(ecb, "split", option, sizeof option)) {
    return send_text(ecb, text) ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
  }
  for (; *text != '\0'; text++) {
    DWORD one = 1;
    if (!ecb->WriteClient(ecb->ConnID, (LPVOID)text, &one, HSE_IO_SYNC)) return HSE_STATUS_ERROR;
  }
  return HSE_STATUS_SUCCESS;
}

static DWORD print(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  printf("scenario writes to stdout %s\n", text);
  fflush(stdout);
  fprintf(stderr, "scenario writes to stderr %s\n", text);
  fflush(stderr);
  return hello(ecb, "");
}

static DWORD sleeping(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  long milliseconds = strtol(text, NULL, 0);
  if (milliseconds > 0) sleep_milliseconds((unsigned long)milliseconds);
  struct report *report = report_begin(ecb);
  report_number(report, "slept", milliseconds);
  return report_send(report);
}

static DWORD gone(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  static char piece[8192];
  long count = text[0] != '\0' ? strtol(text, NULL, 0) : 250;
  BOOL sent = send_text(ecb, "Content-Type: text/plain\r\n\r\n");
  DWORD error = 0;
  for (long i = 0; sent && i < count; i++) {
    DWORD size = sizeof piece;
    isapi_set_last_error(MARKER);
    sent = ecb->WriteClient(ecb->ConnID, piece, &size, HSE_IO_SYNC);
    error = isapi_last_error();
    if (sent) sleep_milliseconds(20);
  }
  BOOL connected = TRUE;
  ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_IS_CONNECTED, &connected, NULL, NULL);
  char line[100];
  snprintf(line, sizeof line, "gone write=%d error=%lu connected=%d", sent, (unsigned long)error, connected);
  append_event(line);
  return HSE_STATUS_SUCCESS;
}

static DWORD meet(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  static atomic_long arrived;
  static atomic_long meetings;
  long wanted = strtol(text, NULL, 0);
  long before = atomic_load(&meetings);
  BOOL met = FALSE;
  if (atomic_fetch_add(&arrived, 1) + 1 >= wanted) {
    atomic_store(&arrived, 0);
    atomic_fetch_add(&meetings, 1);
    met = TRUE;
  }
  for (int i = 0; !met && i < 2000; i++) {
    sleep_milliseconds(5);
    met = atomic_load(&meetings) != before;
  }
  if (!met) atomic_fetch_sub(&arrived, 1);
  struct report *report = report_begin(ecb);
  report_number(report, "met", met);
  report_number(report, "process", PROCESS_ID());
  report_number(report, "thread", THREAD_ID());
  return report_send(report);
}

static DWORD process(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)text;
  char folder[4096];
  struct report *report = report_begin(ecb);
  report_number(report, "process", PROCESS_ID());
  report_number(report, "thread", THREAD_ID());
  report_number(report, "bits", (long long)sizeof(void *) * 8);
  report_text(report, "cwd", getcwd(folder, sizeof folder) != NULL ? folder : NULL);
  return report_send(report);
}

static DWORD environment(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  struct report *report = report_begin(ecb);
  report_text(report, "value", getenv(text));
  return report_send(report);
}

static BOOL begin(EXTENSION_CONTROL_BLOCK *ecb, long bytes) {
  static char piece[1024 * 1024];
  if (!send_text(ecb, "Content-Type: text/plain\r\n\r\nbegun\n")) return FALSE;
  if (bytes < 1 || bytes > (long)sizeof piece) return TRUE;
  DWORD size = (DWORD)bytes;
  return ecb->WriteClient(ecb->ConnID, piece, &size, HSE_IO_SYNC);
}

static const struct scenario plain_scenarios[] = {
    {"hello", hello},     {"block", block}, {"write", write_many}, {"read", read_body},
    {"raw", raw},         {"printf", print}, {"sleep", sleeping},   {"gone", gone},
    {"meet", meet},       {"process", process}, {"env", environment}, {"nothing", nothing},
    {NULL, NULL},
};

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  version->dwExtensionVersion = HSE_VERSION;
  snprintf(version->lpszExtensionDesc, sizeof version->lpszExtensionDesc, "scenarios for tests");
  return TRUE;
}

ISAPI_EXPORT BOOL WINAPI TerminateExtension(DWORD flags) {
  (void)flags;
  return TRUE;
}

static const struct scenario *find(const char *name) {
  static const struct scenario *const tables[] = {plain_scenarios, call_scenarios, crash_scenarios};
  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
    for (const struct scenario *row = tables[i]; row->name != NULL; row++) {
      if (strcmp(row->name, name) == 0) return row;
    }
  }
  return NULL;
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  char name[64];
  char text[8192];
  size_t length = strcspn(ecb->lpszQueryString, "=&");
  if (length >= sizeof name) length = sizeof name - 1;
  memcpy(name, ecb->lpszQueryString, length);
  name[length] = '\0';

  ecb->dwHttpStatusCode = (DWORD)argument_number(ecb, "status", (long)ecb->dwHttpStatusCode);
  if (argument(ecb, "log", text, sizeof text)) {
    snprintf(ecb->lpszLogData, sizeof ecb->lpszLogData, "%.*s", (int)sizeof ecb->lpszLogData - 1, text);
  }
  if (argument(ecb, "event", text, sizeof text)) append_event(text);
  if (argument(ecb, "begin", text, sizeof text) && !begin(ecb, strtol(text, NULL, 0))) return HSE_STATUS_ERROR;

  argument(ecb, name, text, sizeof text);
  const struct scenario *row = find(length == 0 ? "hello" : name);
  DWORD result;
  if (row != NULL) {
    result = row->run(ecb, text);
  } else {
    struct report *report = report_begin(ecb);
    report_text(report, "unknown", name);
    result = report_send(report);
  }
  return (DWORD)argument_number(ecb, "return", (long)result);
}
