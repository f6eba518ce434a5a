/*
 * Counts the calls of the three entry points in globals and writes each down as a line of the file of events
 * ("<path of this library>.events"):
 *
 *   GetExtensionVersion process=PID
 *   HttpExtensionProc process=PID
 *   TerminateExtension flags=FLAGS process=PID
 *
 * A request reports versions= and requests= (counted since the library was loaded) and process=. With together=COUNT
 * it first waits, 50 s at most, until COUNT requests are in the library at once; together= is the most there were.
 * refuse makes the next TerminateExtension return FALSE. With echo=TOKEN the report ends with token=TOKEN and the line
 * "body", and the request's body follows.
 */
#include "kit.h"

#include <stdatomic.h>
#include <stdio.h>

#ifdef _WIN32
#define PROCESS_ID() ((unsigned long)GetCurrentProcessId())
#else
#include <unistd.h>
#define PROCESS_ID() ((unsigned long)getpid())
#endif

static atomic_long versions;
static atomic_long requests;
static atomic_long inside;
static atomic_long most;
static atomic_int refuse;

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  char line[100];
  atomic_fetch_add(&versions, 1);
  snprintf(line, sizeof line, "GetExtensionVersion process=%lu", PROCESS_ID());
  append_event(line);
  version->dwExtensionVersion = HSE_VERSION;
  return TRUE;
}

ISAPI_EXPORT BOOL WINAPI TerminateExtension(DWORD flags) {
  char line[100];
  snprintf(line, sizeof line, "TerminateExtension flags=%lu process=%lu", (unsigned long)flags, PROCESS_ID());
  append_event(line);
  return !atomic_load(&refuse);
}

/* Sends the request's body back. */
static DWORD echo(EXTENSION_CONTROL_BLOCK *ecb) {
  char piece[8192];
  DWORD size = ecb->cbAvailable;
  DWORD left = ecb->cbTotalBytes - ecb->cbAvailable;
  BOOL sent = size == 0 || ecb->WriteClient(ecb->ConnID, ecb->lpbData, &size, HSE_IO_SYNC);
  while (sent && left > 0) {
    size = left < sizeof piece ? left : (DWORD)sizeof piece;
    sent = ecb->ReadClient(ecb->ConnID, piece, &size) && size > 0 &&
           ecb->WriteClient(ecb->ConnID, piece, &size, HSE_IO_SYNC);
    left -= size;
  }
  return sent ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  char text[100];
  long number = atomic_fetch_add(&requests, 1) + 1;
  snprintf(text, sizeof text, "HttpExtensionProc process=%lu", PROCESS_ID());
  append_event(text);
  if (argument(ecb, "refuse", text, sizeof text)) atomic_store(&refuse, 1);

  long wanted = argument_number(ecb, "together", 1);
  long now = atomic_fetch_add(&inside, 1) + 1;
  long seen = atomic_load(&most);
  while (now > seen && !atomic_compare_exchange_weak(&most, &seen, now)) continue;
  for (int i = 0; atomic_load(&most) < wanted && i < 10000; i++) sleep_milliseconds(5);

  struct report *report = report_begin(ecb);
  report_number(report, "versions", atomic_load(&versions));
  report_number(report, "requests", number);
  report_number(report, "together", atomic_load(&most));
  report_number(report, "process", (long long)PROCESS_ID());
  BOOL echoes = argument(ecb, "echo", text, sizeof text);
  if (echoes) report_text(report, "token", text);
  DWORD result = report_send(report);
  if (echoes && result == HSE_STATUS_SUCCESS) {
    send_text(ecb, "body\n");
    result = echo(ecb);
  }
  atomic_fetch_sub(&inside, 1);
  return result;
}
