/* The implementation of kit.h. */
#ifdef _WIN32
#define __USE_MINGW_ANSI_STDIO 1 /* %lld and %llx as in C11 */
#else
#define _GNU_SOURCE /* dladdr */
#endif

#include "kit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef _WIN32
#include <dlfcn.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>
#endif

struct report *report_begin(EXTENSION_CONTROL_BLOCK *ecb) {
  struct report *report = malloc(sizeof *report);
  if (report != NULL) {
    report->ecb = ecb;
    report->length = 0;
    report->text[0] = '\0';
  }
  return report;
}

static void put(struct report *report, char byte) {
  if (report->length + 1 < sizeof report->text) {
    report->text[report->length++] = byte;
    report->text[report->length] = '\0';
  }
}

void report_bytes(struct report *report, const char *key, const void *value, size_t length) {
  static const char digits[] = "0123456789ABCDEF";
  const unsigned char *bytes = value;
  if (report == NULL) return;
  for (const char *p = key; *p != '\0'; p++) put(report, *p);
  put(report, '=');
  for (size_t i = 0; i < length; i++) {
    if (bytes[i] < 0x20 || bytes[i] == 0x7f || bytes[i] == '%') {
      put(report, '%');
      put(report, digits[bytes[i] >> 4]);
      put(report, digits[bytes[i] & 15]);
    } else {
      put(report, (char)bytes[i]);
    }
  }
  put(report, '\n');
}

void report_text(struct report *report, const char *key, const char *value) {
  if (value == NULL) value = "(null)";
  report_bytes(report, key, value, strlen(value));
}

static void formatted(struct report *report, const char *key, const char *format, ...) {
  char text[64];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  report_text(report, key, text);
}

void report_number(struct report *report, const char *key, long long value) {
  formatted(report, key, "%lld", value);
}

void report_hex(struct report *report, const char *key, unsigned long long value) {
  formatted(report, key, "0x%llx", value);
}

void report_result(struct report *report, BOOL returned) {
  DWORD error = isapi_last_error(); /* first: anything else may change it */
  report_number(report, "ret", returned);
  report_number(report, "error", (long long)error);
}

BOOL send_text(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  DWORD size = (DWORD)strlen(text);
  return ecb->WriteClient(ecb->ConnID, (LPVOID)text, &size, HSE_IO_SYNC);
}

DWORD report_send_body(struct report *report) {
  if (report == NULL) return HSE_STATUS_ERROR;
  DWORD size = (DWORD)report->length;
  BOOL sent = report->ecb->WriteClient(report->ecb->ConnID, report->text, &size, HSE_IO_SYNC);
  free(report);
  return sent ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
}

DWORD report_send(struct report *report) {
  if (report == NULL) return HSE_STATUS_ERROR;
  if (!send_text(report->ecb, "Content-Type: text/plain\r\n\r\n")) {
    free(report);
    return HSE_STATUS_ERROR;
  }
  return report_send_body(report);
}

static int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

BOOL argument(EXTENSION_CONTROL_BLOCK *ecb, const char *name, char *value, size_t capacity) {
  const char *p = ecb->lpszQueryString;
  size_t wanted = strlen(name);
  value[0] = '\0';
  while (p != NULL && *p != '\0') {
    size_t length = strcspn(p, "&");
    size_t named = strcspn(p, "=&");
    if (named == wanted && memcmp(p, name, wanted) == 0) {
      const char *end = p + length;
      size_t filled = 0;
      for (p += named < length ? named + 1 : named; p < end && filled + 1 < capacity; p++) {
        if (*p == '%' && end - p > 2 && digit(p[1]) >= 0 && digit(p[2]) >= 0) {
          value[filled++] = (char)(digit(p[1]) * 16 + digit(p[2]));
          p += 2;
        } else {
          value[filled++] = *p;
        }
      }
      value[filled] = '\0';
      return TRUE;
    }
    p += length;
    if (*p == '&') p++;
  }
  return FALSE;
}

long argument_number(EXTENSION_CONTROL_BLOCK *ecb, const char *name, long otherwise) {
  char text[32];
  return argument(ecb, name, text, sizeof text) && text[0] != '\0' ? strtol(text, NULL, 0) : otherwise;
}

/* The path of the library that this code is part of; an empty text when the system does not say. */
static void own_path(char *path, size_t capacity) {
  path[0] = '\0';
#ifdef _WIN32
  HMODULE module = NULL;
  if (GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                         (LPCSTR)(ULONG_PTR)own_path, &module)) {
    DWORD length = GetModuleFileNameA(module, path, (DWORD)capacity);
    if (length == 0 || length >= capacity) path[0] = '\0';
  }
#else
  Dl_info info;
  if (dladdr((void *)(uintptr_t)own_path, &info) != 0 && info.dli_fname != NULL &&
      strlen(info.dli_fname) < capacity) {
    memcpy(path, info.dli_fname, strlen(info.dli_fname) + 1);
  }
#endif
}

void append_event(const char *line) {
  char path[4200];
  char text[1000];
  own_path(path, sizeof path - sizeof ".events");
  if (path[0] == '\0') return;
  strcat(path, ".events");
  int length = snprintf(text, sizeof text, "%s\n", line);
  if (length < 0 || (size_t)length >= sizeof text) return;
  /* One write to a file that is opened for appending: lines of several threads and processes do not mix. */
#ifdef _WIN32
  /* Wine looks for the end of the file and writes in two steps. */
  static SRWLOCK lock = SRWLOCK_INIT;
  AcquireSRWLockExclusive(&lock);
  HANDLE file = CreateFileA(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                            OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
  if (file != INVALID_HANDLE_VALUE) {
    DWORD written = 0;
    WriteFile(file, text, (DWORD)length, &written, NULL);
    CloseHandle(file);
  }
  ReleaseSRWLockExclusive(&lock);
#else
  int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file >= 0) {
    ssize_t written = write(file, text, (size_t)length);
    (void)written;
    close(file);
  }
#endif
}

void sleep_milliseconds(unsigned long milliseconds) {
#ifdef _WIN32
  Sleep(milliseconds);
#else
  struct timespec left = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000L};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
#endif
}
