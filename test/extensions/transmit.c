/*
 * Sends a file with HSE_REQ_TRANSMIT_FILE, as the query string says. The outcome is a line of the file of events:
 *
 *   ID ret=RET error=LAST_ERROR status=dwHttpStatusCode handle=OUTCOME
 *
 * where `handle` tells how the extension's own handle is afterwards: `usable` when its first byte can still be read and it
 * can be closed, and for a descriptor of ELF when its position is the one it had. A completion is a line before that:
 *
 *   ID own|general bytes=BYTES error=ERROR block=1
 *
 * with 1 when the callback got the control block that belongs to its context.
 *
 * Arguments:
 *   id=ID             what the line begins with
 *   path=PATH         the file; without it, INVALID_HANDLE_VALUE; with `closed`, a handle that is closed before
 *   overlapped        opens it with FILE_FLAG_OVERLAPPED (Windows)
 *   offset=, bytes=   Offset and BytesToWrite
 *   head=, tail=      what goes out before and after the file
 *   status=           pszStatusCode
 *   flags=            dwFlags
 *   own, general      a callback in HSE_TF_INFO, one set by HSE_REQ_IO_COMPLETION
 *   first=TEXT        sends these headers with HSE_REQ_SEND_RESPONSE_HEADER and "200 OK" before
 *   after=TEXT        writes this afterwards with WriteClient
 */
#ifndef _WIN32
#define _FILE_OFFSET_BITS 64
#define _GNU_SOURCE
#endif

#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef _WIN32
#include <fcntl.h>
#include <unistd.h>
#endif

#define START 3 /* where the position of a descriptor is before */

struct request {
  EXTENSION_CONTROL_BLOCK *ecb;
  char id[32];
};

static VOID noted(const char *which, EXTENSION_CONTROL_BLOCK *ecb, struct request *request, DWORD bytes, DWORD error) {
  char line[200];
  snprintf(line, sizeof line, "%s %s bytes=%lu error=%lu block=%d", request->id, which, (unsigned long)bytes,
           (unsigned long)error, ecb == request->ecb);
  append_event(line);
}

static VOID WINAPI own_completion(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  noted("own", ecb, context, bytes, error);
}

static VOID WINAPI general_completion(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  noted("general", ecb, context, bytes, error);
}

static BOOL has(EXTENSION_CONTROL_BLOCK *ecb, const char *name) {
  char value[8];
  return argument(ecb, name, value, sizeof value);
}

static HANDLE open_file(EXTENSION_CONTROL_BLOCK *ecb, const char *path) {
#ifdef _WIN32
  DWORD flags = has(ecb, "overlapped") ? FILE_FLAG_OVERLAPPED : FILE_ATTRIBUTE_NORMAL;
  HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, flags, NULL);
  if (file != INVALID_HANDLE_VALUE && has(ecb, "closed")) CloseHandle(file);
#else
  HANDLE file = open(path, O_RDONLY | O_CLOEXEC);
  if (file >= 0) lseek(file, START, SEEK_SET);
  if (file >= 0 && has(ecb, "closed")) close(file);
#endif
  return file;
}

/* Reads the first byte and closes the handle; both have to work. */
static const char *close_file(EXTENSION_CONTROL_BLOCK *ecb, HANDLE file) {
  char byte = 0;
  if (file == INVALID_HANDLE_VALUE || has(ecb, "closed")) return "none";
#ifdef _WIN32
  OVERLAPPED at;
  DWORD count = 0;
  memset(&at, 0, sizeof at);
  at.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
  if (!ReadFile(file, &byte, 1, NULL, &at) && GetLastError() != ERROR_IO_PENDING) return "unreadable";
  if (!GetOverlappedResult(file, &at, &count, TRUE) || count != 1) return "unreadable";
  CloseHandle(at.hEvent);
  return CloseHandle(file) ? "usable" : "unclosable";
#else
  if (lseek(file, 0, SEEK_CUR) != START) return "moved";
  if (pread(file, &byte, 1, 0) != 1) return "unreadable";
  return close(file) == 0 ? "usable" : "unclosable";
#endif
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
  char path[4096], head[2048], tail[2048], status[256], text[2048], line[200];
  struct request request = {ecb, ""};
  HSE_TF_INFO info;
  memset(&info, 0, sizeof info);
  argument(ecb, "id", request.id, sizeof request.id);
  info.hFile = argument(ecb, "path", path, sizeof path) ? open_file(ecb, path) : INVALID_HANDLE_VALUE;
  info.Offset = (DWORD)strtoul(argument(ecb, "offset", text, sizeof text) ? text : "0", NULL, 0);
  info.BytesToWrite = (DWORD)strtoul(argument(ecb, "bytes", text, sizeof text) ? text : "0", NULL, 0);
  info.dwFlags = (DWORD)argument_number(ecb, "flags", HSE_IO_SYNC);
  if (argument(ecb, "head", head, sizeof head)) {
    info.pHead = head;
    info.HeadLength = (DWORD)strlen(head);
  }
  if (argument(ecb, "tail", tail, sizeof tail)) {
    info.pTail = tail;
    info.TailLength = (DWORD)strlen(tail);
  }
  if (argument(ecb, "status", status, sizeof status)) info.pszStatusCode = status;
  if (has(ecb, "own")) {
    info.pfnHseIO = own_completion;
    info.pContext = &request;
  }
  if (has(ecb, "general")) {
    ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_IO_COMPLETION, (LPVOID)(size_t)general_completion, NULL,
                               (LPDWORD)&request);
  }
  if (argument(ecb, "first", text, sizeof text)) {
    ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_SEND_RESPONSE_HEADER, (LPVOID) "200 OK", NULL, (LPDWORD)text);
  }

  isapi_set_last_error(MARKER);
  BOOL sent = ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_TRANSMIT_FILE, &info, NULL, NULL);
  DWORD error = isapi_last_error();
  DWORD code = ecb->dwHttpStatusCode;

  snprintf(line, sizeof line, "%s ret=%d error=%lu status=%lu handle=%s", request.id, sent, (unsigned long)error,
           (unsigned long)code, close_file(ecb, info.hFile));
  append_event(line);
  if (argument(ecb, "after", text, sizeof text)) send_text(ecb, text);
  return HSE_STATUS_SUCCESS;
}
