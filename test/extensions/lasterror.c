/*
 * Makes calls that fail, each with the last error set to a marker before, and counts the calls after which the last
 * error is not what it has to be. In turn: an unknown variable, a buffer that is too small, an unsupported code of
 * ServerSupportFunction, and a call that succeeds, which has to leave the marker alone.
 *
 *   request=COUNT    COUNT failing calls (default 100000) in the request's own thread
 *   thread=COUNT     the same in a thread that the extension makes: HttpExtensionProc returns HSE_STATUS_PENDING, the
 *                    thread reports and ends the session (needs ISAPIFakeAsync On)
 *
 * Reports calls= (the failing ones), wrong=, and about the first wrong one: first_kind, first_ret, first_error.
 */
#ifndef _WIN32
#define _GNU_SOURCE /* dladdr */
#endif

#include "kit.h"

#include <stdlib.h>
#include <string.h>

#ifndef _WIN32
#include <dlfcn.h>
#include <pthread.h>
#endif

struct tally {
  long calls;
  long wrong;
  long first_kind;
  long first_ret;
  long first_error;
};

static void check(struct tally *tally, long kind, BOOL returned, BOOL wanted, DWORD wanted_error) {
  DWORD error = isapi_last_error();
  if (!wanted) tally->calls++;
  if ((returned != 0) == wanted && error == wanted_error) return;
  if (tally->wrong++ == 0) {
    tally->first_kind = kind;
    tally->first_ret = returned;
    tally->first_error = (long)error;
  }
}

static void make_calls(EXTENSION_CONTROL_BLOCK *ecb, long count, struct tally *tally) {
  char method[] = "REQUEST_METHOD";
  char unknown[] = "NO_SUCH_VARIABLE";
  char buffer[256];
  for (long i = 0; tally->calls < count; i++) {
    DWORD size = sizeof buffer;
    isapi_set_last_error(MARKER);
    switch (i % 4) {
      case 0:
        check(tally, 0, ecb->GetServerVariable(ecb->ConnID, unknown, buffer, &size), FALSE,
              ISAPI_ERROR_INVALID_INDEX);
        break;
      case 1:
        size = 1;
        check(tally, 1, ecb->GetServerVariable(ecb->ConnID, method, buffer, &size), FALSE,
              ISAPI_ERROR_INSUFFICIENT_BUFFER);
        break;
      case 2:
        check(tally, 2, ecb->ServerSupportFunction(ecb->ConnID, 9999, buffer, &size, NULL), FALSE,
              ISAPI_ERROR_INVALID_PARAMETER);
        break;
      default:
        check(tally, 3, ecb->GetServerVariable(ecb->ConnID, method, buffer, &size), TRUE, MARKER);
    }
  }
}

static DWORD run(EXTENSION_CONTROL_BLOCK *ecb, long count) {
  struct tally tally = {0, 0, -1, 0, 0};
  make_calls(ecb, count, &tally);
  struct report *report = report_begin(ecb);
  report_number(report, "calls", tally.calls);
  report_number(report, "wrong", tally.wrong);
  report_number(report, "first_kind", tally.first_kind);
  report_number(report, "first_ret", tally.first_ret);
  report_number(report, "first_error", tally.first_error);
  return report_send(report);
}

struct task {
  EXTENSION_CONTROL_BLOCK *ecb;
  long count;
};

static void run_task(struct task *task) {
  EXTENSION_CONTROL_BLOCK *ecb = task->ecb;
  DWORD status = run(ecb, task->count);
  free(task);
  ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_DONE_WITH_SESSION, &status, NULL, NULL);
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

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  version->dwExtensionVersion = HSE_VERSION;
  return TRUE;
}

ISAPI_EXPORT BOOL WINAPI TerminateExtension(DWORD flags) {
  (void)flags;
  return TRUE;
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  char text[32];
  if (!argument(ecb, "thread", text, sizeof text)) return run(ecb, argument_number(ecb, "request", 100000));
  struct task *task = malloc(sizeof *task);
  if (task == NULL) return HSE_STATUS_ERROR;
  task->ecb = ecb;
  task->count = argument_number(ecb, "thread", 100000);
  pin();
  if (!start_thread(task)) {
    free(task);
    return HSE_STATUS_ERROR;
  }
  return HSE_STATUS_PENDING;
}
