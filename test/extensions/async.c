/*
 * Sessions that stay pending, and completion callbacks:
 *
 *   write            IO_COMPLETION, then WriteClient with HSE_IO_ASYNC: reports what the completion was given, and
 *                    whether it ran before WriteClient returned
 *   replaced         the same after a second IO_COMPLETION, of which the last one counts
 *   read=BYTES       IO_COMPLETION, then ASYNC_READ_CLIENT in pieces of BYTES (default 1000) until there is no more
 *   missing          WriteClient with HSE_IO_ASYNC and ASYNC_READ_CLIENT, without IO_COMPLETION
 *   thread           HSE_STATUS_PENDING; a thread answers once another request has said `go`, and ends the session
 *   code             the same, but the thread sends nothing and sets dwHttpStatusCode to 404
 *   early            DONE_WITH_SESSION before HSE_STATUS_PENDING
 *   never            HSE_STATUS_PENDING, and nobody ends the session
 *   go               lets the threads of `thread` and `code` go on
 *
 * What the calls of such a thread returned goes to the file of events: variable=ret,error write=ret,error done=ret,error
 */
#ifndef _WIN32
#define _GNU_SOURCE /* dladdr */
#endif

#include "kit.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef _WIN32
#include <dlfcn.h>
#include <pthread.h>
#endif

/* What a completion was given, and when. */
struct completion {
  long calls;
  BOOL right_block;
  DWORD bytes;
  DWORD error;
};

static EXTENSION_CONTROL_BLOCK *expected_block;

static VOID WINAPI completed(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  struct completion *seen = context;
  seen->calls++;
  seen->right_block = ecb == expected_block;
  seen->bytes = bytes;
  seen->error = error;
}

static VOID WINAPI wrong_one(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  (void)context;
  completed(ecb, context, bytes, error);
  abort();
}

static BOOL set_completion(EXTENSION_CONTROL_BLOCK *ecb, void(WINAPI *function)(EXTENSION_CONTROL_BLOCK *, PVOID, DWORD, DWORD),
                           struct completion *context) {
  memset(context, 0, sizeof *context);
  expected_block = ecb;
  isapi_set_last_error(MARKER);
  return ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_IO_COMPLETION, (LPVOID)(size_t)function, NULL,
                                    (LPDWORD)context);
}

static void report_completion(struct report *report, const struct completion *seen) {
  report_number(report, "completions", seen->calls);
  report_number(report, "right_block", seen->right_block);
  report_number(report, "bytes", seen->bytes);
  report_number(report, "completion_error", seen->error);
}

static DWORD write_async(EXTENSION_CONTROL_BLOCK *ecb, BOOL twice) {
  char piece[] = "written\n";
  DWORD size = sizeof piece - 1;
  struct completion seen;
  struct report *report = report_begin(ecb);
  if (twice) set_completion(ecb, wrong_one, &seen);
  report_number(report, "set", set_completion(ecb, completed, &seen));
  if (!send_text(ecb, "Content-Type: text/plain\r\n\r\n")) return HSE_STATUS_ERROR;
  isapi_set_last_error(MARKER);
  BOOL written = ecb->WriteClient(ecb->ConnID, piece, &size, HSE_IO_ASYNC);
  report_result(report, written);
  report_completion(report, &seen);
  return report_send_body(report);
}

static DWORD read_async(EXTENSION_CONTROL_BLOCK *ecb) {
  static char buffer[65536];
  long piece = argument_number(ecb, "read", 1000);
  if (piece < 1 || piece > (long)sizeof buffer) return HSE_STATUS_ERROR;
  struct completion seen;
  struct report *report = report_begin(ecb);
  report_number(report, "set", set_completion(ecb, completed, &seen));
  long long total = ecb->cbAvailable;
  BOOL read;
  do {
    DWORD size = (DWORD)piece;
    DWORD flags = HSE_IO_ASYNC;
    isapi_set_last_error(MARKER);
    read = ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_ASYNC_READ_CLIENT, buffer, &size, &flags);
    total += seen.bytes;
  } while (read && seen.bytes > 0);
  report_result(report, read);
  report_number(report, "total", total);
  report_completion(report, &seen);
  return report_send(report);
}

static DWORD missing(EXTENSION_CONTROL_BLOCK *ecb) {
  char byte = 'x';
  DWORD size = 1;
  DWORD flags = HSE_IO_ASYNC;
  struct report *report = report_begin(ecb);
  isapi_set_last_error(MARKER);
  report_result(report, ecb->WriteClient(ecb->ConnID, &byte, &size, HSE_IO_ASYNC));
  isapi_set_last_error(MARKER);
  BOOL read = ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_ASYNC_READ_CLIENT, &byte, &size, &flags);
  report_number(report, "read_error", (long long)isapi_last_error());
  report_number(report, "read_ret", read);
  return report_send(report);
}

static atomic_long go;

struct task {
  EXTENSION_CONTROL_BLOCK *ecb;
  BOOL silent;
};

static void run_task(struct task *task) {
  EXTENSION_CONTROL_BLOCK *ecb = task->ecb;
  char text[200];
  char value[100];
  char name[] = "REQUEST_METHOD";
  DWORD size = sizeof value;
  DWORD status = HSE_STATUS_SUCCESS;
  while (atomic_load(&go) == 0) sleep_milliseconds(5);
  isapi_set_last_error(MARKER);
  BOOL returned = ecb->GetServerVariable(ecb->ConnID, name, value, &size);
  int length = snprintf(text, sizeof text, "variable=%d,%lu", returned, (unsigned long)isapi_last_error());
  if (task->silent) {
    ecb->dwHttpStatusCode = 404;
  } else {
    isapi_set_last_error(MARKER);
    returned = send_text(ecb, "Content-Type: text/plain\r\n\r\nfrom the thread\n");
    length += snprintf(text + length, sizeof text - (size_t)length, " write=%d,%lu", returned,
                       (unsigned long)isapi_last_error());
  }
  free(task);
  isapi_set_last_error(MARKER);
  returned = ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_DONE_WITH_SESSION, &status, NULL, NULL);
  snprintf(text + length, sizeof text - (size_t)length, " done=%d,%lu", returned, (unsigned long)isapi_last_error());
  append_event(text);
}

/* Keeps this library loaded for good: the session ends while the thread is still in its code. */
static void pin(void);

#ifdef _WIN32
static void pin(void) {
  HMODULE module = NULL;
  GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                     (LPCSTR)(ULONG_PTR)pin, &module);
}

static DWORD WINAPI thread_main(LPVOID task) {
  run_task(task);
  return 0;
}

static BOOL start_thread(struct task *task) {
  HANDLE thread = CreateThread(NULL, 0, thread_main, task, 0, NULL);
  if (thread == NULL) return FALSE;
  CloseHandle(thread);
  return TRUE;
}
#else
static void pin(void) {
  Dl_info info;
  if (dladdr((void *)(uintptr_t)pin, &info) != 0) dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE);
}

static void *thread_main(void *task) {
  run_task(task);
  return NULL;
}

static BOOL start_thread(struct task *task) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, thread_main, task) != 0) return FALSE;
  pthread_detach(thread);
  return TRUE;
}
#endif

static DWORD in_thread(EXTENSION_CONTROL_BLOCK *ecb, BOOL silent) {
  struct task *task = malloc(sizeof *task);
  if (task == NULL) return HSE_STATUS_ERROR;
  task->ecb = ecb;
  task->silent = silent;
  atomic_store(&go, 0);
  pin();
  append_event("pending");
  return start_thread(task) ? HSE_STATUS_PENDING : HSE_STATUS_ERROR;
}

static DWORD early(EXTENSION_CONTROL_BLOCK *ecb) {
  DWORD status = HSE_STATUS_SUCCESS;
  if (!send_text(ecb, "Content-Type: text/plain\r\n\r\nearly\n")) return HSE_STATUS_ERROR;
  ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_DONE_WITH_SESSION, &status, NULL, NULL);
  return HSE_STATUS_PENDING;
}

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  version->dwExtensionVersion = HSE_VERSION;
  return TRUE;
}

ISAPI_EXPORT BOOL WINAPI TerminateExtension(DWORD flags) {
  (void)flags;
  return TRUE;
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  const char *query = ecb->lpszQueryString;
  if (strcmp(query, "write") == 0) return write_async(ecb, FALSE);
  if (strcmp(query, "replaced") == 0) return write_async(ecb, TRUE);
  if (strncmp(query, "read", 4) == 0) return read_async(ecb);
  if (strcmp(query, "missing") == 0) return missing(ecb);
  if (strcmp(query, "thread") == 0) return in_thread(ecb, FALSE);
  if (strcmp(query, "code") == 0) return in_thread(ecb, TRUE);
  if (strcmp(query, "early") == 0) return early(ecb);
  if (strcmp(query, "never") == 0) return HSE_STATUS_PENDING;
  if (strcmp(query, "go") == 0) {
    atomic_store(&go, 1);
    return send_text(ecb, "Content-Type: text/plain\r\n\r\ngone on\n") ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
  }
  return HSE_STATUS_ERROR;
}
