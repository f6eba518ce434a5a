/*
 * Asynchronous work, by the query string "name", "name=argument" or "name=argument&option=...":
 *
 * With HSE_REQ_IO_COMPLETION, within HttpExtensionProc:
 *   completion            sets a completion twice, then NULL; a write calls the second: reports both calls
 *   read=PIECE            reads the body with HSE_REQ_ASYNC_READ_CLIENT in pieces; each completion asks for the next,
 *                         the last one reports and ends the session; HttpExtensionProc returns HSE_STATUS_PENDING
 *   read_sync             ASYNC_READ_CLIENT without HSE_IO_ASYNC, and without a completion
 * With HSE_STATUS_PENDING:
 *   thread                a thread of its own asks for a variable and reads the body, reports, and ends the session; with
 *                         `conn=block` by the block's address, with `early` before HttpExtensionProc returns
 *   threads=COUNT         so many threads write lines of 100 bytes, `lines` each, all at once; the last ends the session
 *   before                ends the session itself before it returns HSE_STATUS_PENDING; with `twice` again
 *   twice                 a thread ends the session twice; the second outcome goes to the file of events
 *   hold, release         is pending until another request says release
 *   wait                  HttpExtensionProc waits for the thread, with an array of 1 MiB on its stack, and succeeds
 *   later=MS              answers (with `silent`, not) and returns HSE_STATUS_PENDING; a thread calls every function so
 *                         much later; what it gets goes to the file of events
 */
#include "kit.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef _WIN32
#include <pthread.h>
#endif

/* What a thread or a chain of completions works with. */
struct work {
  EXTENSION_CONTROL_BLOCK *ecb;
  HCONN conn;
  long number;
  long left;           /* lines of a thread, milliseconds to wait */
  atomic_long *others; /* threads that still write */
  /* a chain of completions */
  unsigned char *piece;
  DWORD size;
  long capacity;
  long long total;
  long calls;
  uint32_t hash;
  DWORD error;
};

static struct work *new_work(EXTENSION_CONTROL_BLOCK *ecb) {
  struct work *work = calloc(1, sizeof *work);
  if (work != NULL) {
    work->ecb = ecb;
    work->conn = ecb->ConnID;
  }
  return work;
}

typedef void run_function(struct work *work);

/* A thread of the extension's own. */
struct thread {
  run_function *run;
  struct work *work;
#ifdef _WIN32
  HANDLE handle;
#else
  pthread_t handle;
#endif
};

#ifdef _WIN32
static DWORD WINAPI thread_main(LPVOID parameter) {
  struct thread thread = *(struct thread *)parameter;
  free(parameter);
  thread.run(thread.work);
  return 0;
}

static BOOL start_thread(run_function *run, struct work *work, struct thread *joined) {
  struct thread *thread = calloc(1, sizeof *thread);
  *thread = (struct thread){run, work, NULL};
  HANDLE handle = CreateThread(NULL, 0, thread_main, thread, 0, NULL);
  if (handle == NULL) return FALSE;
  if (joined != NULL) joined->handle = handle;
  else CloseHandle(handle);
  return TRUE;
}

static void join_thread(struct thread *thread) {
  WaitForSingleObject(thread->handle, INFINITE);
  CloseHandle(thread->handle);
}
#else
static void *thread_main(void *parameter) {
  struct thread thread = *(struct thread *)parameter;
  free(parameter);
  thread.run(thread.work);
  return NULL;
}

static BOOL start_thread(run_function *run, struct work *work, struct thread *joined) {
  struct thread *thread = calloc(1, sizeof *thread);
  pthread_t handle;
  *thread = (struct thread){run, work, 0};
  if (pthread_create(&handle, NULL, thread_main, thread) != 0) return FALSE;
  if (joined != NULL) joined->handle = handle;
  else pthread_detach(handle);
  return TRUE;
}

static void join_thread(struct thread *thread) { pthread_join(thread->handle, NULL); }
#endif

static BOOL has(EXTENSION_CONTROL_BLOCK *ecb, const char *name) {
  char value[8];
  return argument(ecb, name, value, sizeof value);
}

static BOOL support(EXTENSION_CONTROL_BLOCK *ecb, HCONN conn, DWORD code, LPVOID buffer, LPDWORD size, LPVOID type) {
  isapi_set_last_error(MARKER);
  return ecb->ServerSupportFunction(conn, code, buffer, size, type);
}

static BOOL done(EXTENSION_CONTROL_BLOCK *ecb, HCONN conn) {
  DWORD status = HSE_STATUS_SUCCESS;
  return support(ecb, conn, HSE_REQ_DONE_WITH_SESSION, &status, NULL, NULL);
}

/* Reports as key=RET,ERROR */
static void outcome(struct report *report, const char *key, BOOL returned) {
  DWORD error = isapi_last_error();
  char text[64];
  snprintf(text, sizeof text, "%d,%lu", returned, (unsigned long)error);
  report_text(report, key, text);
}

static uint32_t fnv1a(uint32_t hash, const unsigned char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) hash = (hash ^ bytes[i]) * 16777619u;
  return hash;
}

/* What completions leave: how often each was called, and with what. */
struct completed {
  EXTENSION_CONTROL_BLOCK *ecb;
  int first;
  int second;
  DWORD bytes;
  DWORD error;
  BOOL same_block;
};

static VOID WINAPI first_completion(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  struct completed *completed = context;
  completed->first++;
  completed->bytes = bytes;
  completed->error = error;
  completed->same_block = ecb == completed->ecb;
}

static VOID WINAPI second_completion(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  struct completed *completed = context;
  first_completion(ecb, context, bytes, error);
  completed->first--;
  completed->second++;
}

static BOOL set_completion(EXTENSION_CONTROL_BLOCK *ecb, PFN_HSE_IO_COMPLETION callback, LPVOID context) {
  return support(ecb, ecb->ConnID, HSE_REQ_IO_COMPLETION, (LPVOID)(size_t)callback, NULL, context);
}

static void write_and_report(EXTENSION_CONTROL_BLOCK *ecb, struct report *report, struct completed *completed) {
  char text[] = "written\n";
  DWORD size = sizeof text - 1;
  send_text(ecb, "Content-Type: text/plain\r\n\r\n");
  isapi_set_last_error(MARKER);
  BOOL returned = ecb->WriteClient(ecb->ConnID, text, &size, HSE_IO_ASYNC);
  outcome(report, "write", returned);
  report_number(report, "size", size);
  /* The completion has been called by now, or will not be. */
  report_number(report, "first", completed->first);
  report_number(report, "second", completed->second);
  report_number(report, "bytes", completed->bytes);
  report_number(report, "completed_error", completed->error);
  report_number(report, "same_block", completed->same_block);
}

static DWORD completion(EXTENSION_CONTROL_BLOCK *ecb) {
  struct completed wrong = {ecb, 0, 0, 0, 0, FALSE};
  struct completed right = wrong;
  struct report *report = report_begin(ecb);
  outcome(report, "set", set_completion(ecb, first_completion, &wrong));
  outcome(report, "again", set_completion(ecb, second_completion, &right));
  outcome(report, "null", set_completion(ecb, NULL, &wrong));
  write_and_report(ecb, report, &right);
  report_number(report, "wrong", wrong.first + wrong.second);
  return report_send_body(report);
}

static BOOL read_next(struct work *work) {
  DWORD flags = HSE_IO_ASYNC;
  work->size = (DWORD)work->capacity;
  return support(work->ecb, work->conn, HSE_REQ_ASYNC_READ_CLIENT, work->piece, &work->size, &flags);
}

static VOID WINAPI read_completion(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  struct work *work = context;
  char local[512]; /* part of what a deep chain would pile up */
  memset(local, (int)bytes, sizeof local);
  work->calls++;
  work->total += bytes;
  work->hash = fnv1a(work->hash, work->piece, bytes);
  work->error = error;
  if (error == 0 && bytes > 0 && read_next(work)) return;
  struct report *report = report_begin(ecb);
  report_number(report, "completed_error", work->error);
  report_number(report, "last", bytes);
  report_number(report, "size", work->size);
  report_number(report, "total", work->total);
  report_number(report, "calls", work->calls);
  report_hex(report, "fnv1a", work->hash);
  report_number(report, "same_block", ecb == work->ecb);
  report_send(report);
  HCONN conn = work->conn;
  free(work->piece);
  free(work);
  done(ecb, conn);
}

static DWORD read_all(EXTENSION_CONTROL_BLOCK *ecb) {
  struct work *work = new_work(ecb);
  work->capacity = argument_number(ecb, "read", 4096);
  work->piece = malloc((size_t)work->capacity);
  work->total = ecb->cbAvailable;
  work->hash = fnv1a(2166136261u, ecb->lpbData, ecb->cbAvailable);
  set_completion(ecb, read_completion, work);
  if (read_next(work)) return HSE_STATUS_PENDING;
  return send_text(ecb, "Content-Type: text/plain\r\n\r\nrefused\n") ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
}

static DWORD read_sync(EXTENSION_CONTROL_BLOCK *ecb) {
  struct completed completed = {ecb, 0, 0, 0, 0, FALSE};
  char buffer[64];
  DWORD size = sizeof buffer;
  DWORD flags = HSE_IO_ASYNC;
  struct report *report = report_begin(ecb);
  outcome(report, "bare", support(ecb, ecb->ConnID, HSE_REQ_ASYNC_READ_CLIENT, buffer, &size, &flags));
  set_completion(ecb, first_completion, &completed);
  flags = HSE_IO_SYNC;
  outcome(report, "sync", support(ecb, ecb->ConnID, HSE_REQ_ASYNC_READ_CLIENT, buffer, &size, &flags));
  outcome(report, "no_flags", support(ecb, ecb->ConnID, HSE_REQ_ASYNC_READ_CLIENT, buffer, &size, NULL));
  flags = HSE_IO_ASYNC;
  outcome(report, "no_buffer", support(ecb, ecb->ConnID, HSE_REQ_ASYNC_READ_CLIENT, NULL, &size, &flags));
  outcome(report, "no_size", support(ecb, ecb->ConnID, HSE_REQ_ASYNC_READ_CLIENT, buffer, NULL, &flags));
  report_number(report, "completions", completed.first);
  return report_send(report);
}

/* Calls what an extension calls, from a thread of its own. */
static void converse(struct work *work) {
  EXTENSION_CONTROL_BLOCK *ecb = work->ecb;
  char value[256];
  DWORD size = sizeof value;
  struct report *report = report_begin(ecb);
  isapi_set_last_error(MARKER);
  outcome(report, "variable", ecb->GetServerVariable(work->conn, (LPSTR) "REQUEST_METHOD", value, &size));
  report_bytes(report, "value", value, size > 0 && size <= sizeof value ? size - 1 : 0);
  size = 2;
  isapi_set_last_error(MARKER);
  outcome(report, "small", ecb->GetServerVariable(work->conn, (LPSTR) "REQUEST_METHOD", value, &size));
  size = sizeof value;
  isapi_set_last_error(MARKER);
  outcome(report, "unknown", ecb->GetServerVariable(work->conn, (LPSTR) "NO_SUCH_VARIABLE", value, &size));
  size = sizeof value;
  isapi_set_last_error(MARKER);
  outcome(report, "read", ecb->ReadClient(work->conn, value, &size));
  report_bytes(report, "body", value, size <= sizeof value ? size : 0);
  outcome(report, "unsupported", support(ecb, work->conn, HSE_REQ_GET_SSPI_INFO, NULL, NULL, NULL));
  outcome(report, "header", support(ecb, work->conn, HSE_REQ_SEND_RESPONSE_HEADER, "202 Taken", NULL,
                                    "Content-Type: text/plain\r\nX-Thread: own\r\n\r\n"));
  report_send_body(report);
}

static void converse_and_end(struct work *work) {
  converse(work);
  done(work->ecb, work->conn);
  free(work);
}

static DWORD thread(EXTENSION_CONTROL_BLOCK *ecb) {
  struct work *work = new_work(ecb);
  char value[16];
  if (argument(ecb, "conn", value, sizeof value)) work->conn = (HCONN)ecb;
  if (!start_thread(converse_and_end, work, NULL)) return HSE_STATUS_ERROR;
  /* Not the thread is waited for: whether its calls are served meanwhile is up to the server. */
  if (has(ecb, "early")) sleep_milliseconds(100);
  return HSE_STATUS_PENDING;
}

static void write_lines(struct work *work) {
  EXTENSION_CONTROL_BLOCK *ecb = work->ecb;
  char line[101];
  for (long i = 0; i < work->left; i++) {
    int length = snprintf(line, sizeof line, "%ld:%ld:", work->number, i);
    memset(line + length, 'a' + (int)((work->number + i) % 26), sizeof line - 2 - (size_t)length);
    line[99] = '\n';
    DWORD size = 100;
    if (!ecb->WriteClient(work->conn, line, &size, HSE_IO_SYNC)) break;
  }
  if (atomic_fetch_sub(work->others, 1) == 1) {
    free(work->others);
    done(ecb, work->conn);
  }
  free(work);
}

static DWORD threads(EXTENSION_CONTROL_BLOCK *ecb) {
  long count = argument_number(ecb, "threads", 4);
  long lines = argument_number(ecb, "lines", 10);
  atomic_long *others = malloc(sizeof *others);
  atomic_init(others, count);
  send_text(ecb, "Content-Type: text/plain\r\n\r\n");
  for (long i = 0; i < count; i++) {
    struct work *work = new_work(ecb);
    work->number = i;
    work->left = lines;
    work->others = others;
    if (!start_thread(write_lines, work, NULL)) return HSE_STATUS_ERROR;
  }
  return HSE_STATUS_PENDING;
}

static DWORD before(EXTENSION_CONTROL_BLOCK *ecb) {
  struct report *report = report_begin(ecb);
  outcome(report, "done", done(ecb, ecb->ConnID));
  if (has(ecb, "twice")) outcome(report, "again", done(ecb, ecb->ConnID));
  report_send(report);
  return HSE_STATUS_PENDING;
}

static void end_twice(struct work *work) {
  EXTENSION_CONTROL_BLOCK *ecb = work->ecb;
  BOOL(WINAPI * call)(HCONN, DWORD, LPVOID, LPDWORD, LPDWORD) = ecb->ServerSupportFunction;
  char line[100];
  send_text(ecb, "Content-Type: text/plain\r\n\r\nended\n");
  BOOL first = done(ecb, work->conn);
  isapi_set_last_error(MARKER);
  BOOL second = call(work->conn, HSE_REQ_DONE_WITH_SESSION, NULL, NULL, NULL);
  snprintf(line, sizeof line, "ended first=%d second=%d", first, second);
  append_event(line);
  free(work);
}

static DWORD twice(EXTENSION_CONTROL_BLOCK *ecb) {
  return start_thread(end_twice, new_work(ecb), NULL) ? HSE_STATUS_PENDING : HSE_STATUS_ERROR;
}

static atomic_int released;

static void held(struct work *work) {
  for (int i = 0; i < 4000 && !atomic_load(&released); i++) sleep_milliseconds(5);
  char text[64];
  snprintf(text, sizeof text, "Content-Type: text/plain\r\n\r\nreleased=%d\n", atomic_load(&released));
  send_text(work->ecb, text);
  done(work->ecb, work->conn);
  free(work);
}

static DWORD hold(EXTENSION_CONTROL_BLOCK *ecb) {
  return start_thread(held, new_work(ecb), NULL) ? HSE_STATUS_PENDING : HSE_STATUS_ERROR;
}

static DWORD release(EXTENSION_CONTROL_BLOCK *ecb) {
  atomic_store(&released, 1);
  return send_text(ecb, "Content-Type: text/plain\r\n\r\nreleasing\n") ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
}

static DWORD wait(EXTENSION_CONTROL_BLOCK *ecb) {
  volatile char large[1024 * 1024];
  struct thread own;
  for (size_t i = 0; i < sizeof large; i += 1024) large[i] = (char)(i >> 10);
  struct work *work = new_work(ecb);
  if (!start_thread(converse, work, &own)) return HSE_STATUS_ERROR;
  join_thread(&own);
  free(work);
  long sum = 0;
  for (size_t i = 0; i < sizeof large; i += 1024) sum += (unsigned char)large[i];
  char text[64];
  snprintf(text, sizeof text, "sum=%ld\n", sum);
  send_text(ecb, text);
  return HSE_STATUS_SUCCESS;
}

static void call_late(struct work *work) {
  EXTENSION_CONTROL_BLOCK *ecb = work->ecb;
  char value[64];
  char line[300];
  DWORD size = sizeof value;
  sleep_milliseconds((unsigned long)work->left);
  BOOL variable = ecb->GetServerVariable(work->conn, (LPSTR) "REQUEST_METHOD", value, &size);
  DWORD variable_error = isapi_last_error();
  size = 4;
  BOOL written = ecb->WriteClient(work->conn, "late", &size, HSE_IO_SYNC);
  DWORD write_error = isapi_last_error();
  size = sizeof value;
  BOOL read = ecb->ReadClient(work->conn, value, &size);
  DWORD read_error = isapi_last_error();
  BOOL header = support(ecb, work->conn, HSE_REQ_SEND_RESPONSE_HEADER, "200 OK", NULL, "X-Late: 1\r\n\r\n");
  BOOL ended = done(ecb, work->conn);
  /* The block itself still stands as it was. */
  snprintf(line, sizeof line, "late method=%s variable=%d,%lu write=%d,%lu read=%d,%lu header=%d done=%d", ecb->lpszMethod,
           variable, (unsigned long)variable_error, written, (unsigned long)write_error, read, (unsigned long)read_error,
           header, ended);
  append_event(line);
  free(work);
}

static DWORD later(EXTENSION_CONTROL_BLOCK *ecb) {
  struct work *work = new_work(ecb);
  work->left = argument_number(ecb, "later", 50);
  if (!has(ecb, "silent")) send_text(ecb, "Content-Type: text/plain\r\n\r\nnow\n");
  return start_thread(call_late, work, NULL) ? HSE_STATUS_PENDING : HSE_STATUS_ERROR;
}

static const struct {
  const char *name;
  DWORD (*run)(EXTENSION_CONTROL_BLOCK *ecb);
} scenarios[] = {
    {"completion", completion}, {"read", read_all}, {"read_sync", read_sync}, {"thread", thread}, {"threads", threads},
    {"before", before},         {"twice", twice},   {"hold", hold},           {"release", release}, {"wait", wait},
    {"later", later},
};

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  version->dwExtensionVersion = HSE_VERSION;
  return TRUE;
}

ISAPI_EXPORT BOOL WINAPI TerminateExtension(DWORD flags) {
  (void)flags;
  return TRUE;
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  size_t length = strcspn(ecb->lpszQueryString, "=&");
  DWORD status = (DWORD)argument_number(ecb, "status", 0);
  if (status != 0) ecb->dwHttpStatusCode = status;
  for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
    const char *name = scenarios[i].name;
    if (strlen(name) == length && memcmp(name, ecb->lpszQueryString, length) == 0) return scenarios[i].run(ecb);
  }
  return send_text(ecb, "Content-Type: text/plain\r\n\r\nunknown\n") ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
}
