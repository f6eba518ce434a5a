/*
 * Does what the query string says step by step: "step=text&step=text...", percent-decoded. A text may have two parts,
 * separated by the character 1F.
 *
 *   id=ID                what the line in the file of events begins with
 *   head=STATUS 1F BLOCK SEND_RESPONSE_HEADER; without the second part the header text is NULL, and an empty first part
 *                        is NULL too
 *   ex=STATUS 1F BLOCK   the same with SEND_RESPONSE_HEADER_EX; neither text ends with NUL
 *   write=TEXT           WriteClient; `empty` writes nothing
 *   bytes=COUNT          writes so many letters
 *   redirect=URL         SEND_URL_REDIRECT_RESP
 *   sendurl=URL          SEND_URL
 *   log=TEXT             APPEND_LOG_PARAMETER
 *   data=TEXT            puts the text into lpszLogData, up to its end where it is too long
 *   code=NUMBER          puts a number into dwHttpStatusCode
 *   return=NUMBER        what HttpExtensionProc returns
 *
 * The line of events tells of each call "STEP=RET,ERROR,dwHttpStatusCode".
 */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATOR '\x1f'

/* One step of the query, decoded; the parts are NUL-terminated. */
struct step {
  char name[16];
  char text[9000];
  const char *second; /* NULL without a second part */
};

static int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/* Reads the step at `p`; returns where the next one begins, or NULL after the last. */
static const char *read_step(const char *p, struct step *step) {
  size_t length = strcspn(p, "&");
  size_t named = strcspn(p, "=&");
  const char *end = p + length;
  size_t filled = 0;
  snprintf(step->name, sizeof step->name, "%.*s", (int)named, p);
  step->second = NULL;
  for (p += named < length ? named + 1 : named; p < end && filled + 1 < sizeof step->text; p++) {
    char byte = *p;
    if (byte == '%' && end - p > 2 && digit(p[1]) >= 0 && digit(p[2]) >= 0) {
      byte = (char)(digit(p[1]) * 16 + digit(p[2]));
      p += 2;
    }
    if (byte == SEPARATOR) {
      byte = '\0';
      step->second = step->text + filled + 1;
    }
    step->text[filled++] = byte;
  }
  step->text[filled] = '\0';
  return *end == '&' ? end + 1 : NULL;
}

static LPVOID or_null(const char *text) { return text[0] != '\0' ? (LPVOID)text : NULL; }

static BOOL support(EXTENSION_CONTROL_BLOCK *ecb, DWORD code, LPVOID buffer, LPDWORD type) {
  DWORD size = buffer != NULL ? (DWORD)strlen(buffer) : 0;
  return ecb->ServerSupportFunction(ecb->ConnID, code, buffer, &size, type);
}

/* A copy without a NUL behind it, and no room for one. */
static char *unterminated(const char *text, DWORD *length) {
  *length = (DWORD)strlen(text);
  char *copy = malloc(*length + 1);
  memcpy(copy, text, *length);
  copy[*length] = 'X';
  return copy;
}

static BOOL header_ex(EXTENSION_CONTROL_BLOCK *ecb, const struct step *step) {
  HSE_SEND_HEADER_EX_INFO info;
  memset(&info, 0, sizeof info);
  char *status = unterminated(step->text, &info.cchStatus);
  char *block = unterminated(step->second != NULL ? step->second : "", &info.cchHeader);
  if (info.cchStatus > 0) info.pszStatus = status;
  if (info.cchHeader > 0) info.pszHeader = block;
  isapi_set_last_error(MARKER);
  BOOL returned = ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_SEND_RESPONSE_HEADER_EX, &info, NULL, NULL);
  DWORD error = isapi_last_error();
  free(status);
  free(block);
  isapi_set_last_error(error);
  return returned;
}

static BOOL write_letters(EXTENSION_CONTROL_BLOCK *ecb, DWORD count) {
  char *letters = malloc(count + 1);
  for (DWORD i = 0; i < count; i++) letters[i] = (char)('a' + i % 26);
  isapi_set_last_error(MARKER);
  BOOL returned = ecb->WriteClient(ecb->ConnID, letters, &count, HSE_IO_SYNC);
  DWORD error = isapi_last_error();
  free(letters);
  isapi_set_last_error(error);
  return returned;
}

/* Carries out a step that is a call; TRUE when it was one. */
static BOOL call(EXTENSION_CONTROL_BLOCK *ecb, struct step *step, BOOL *returned) {
  isapi_set_last_error(MARKER);
  if (strcmp(step->name, "head") == 0)
    *returned = support(ecb, HSE_REQ_SEND_RESPONSE_HEADER, or_null(step->text), (LPDWORD)step->second);
  else if (strcmp(step->name, "ex") == 0)
    *returned = header_ex(ecb, step);
  else if (strcmp(step->name, "write") == 0)
    *returned = send_text(ecb, step->text);
  else if (strcmp(step->name, "empty") == 0)
    *returned = send_text(ecb, "");
  else if (strcmp(step->name, "bytes") == 0)
    *returned = write_letters(ecb, (DWORD)strtoul(step->text, NULL, 0));
  else if (strcmp(step->name, "redirect") == 0)
    *returned = support(ecb, HSE_REQ_SEND_URL_REDIRECT_RESP, step->text, NULL);
  else if (strcmp(step->name, "sendurl") == 0)
    *returned = support(ecb, HSE_REQ_SEND_URL, step->text, NULL);
  else if (strcmp(step->name, "log") == 0)
    *returned = support(ecb, HSE_APPEND_LOG_PARAMETER, step->text, NULL);
  else
    return FALSE;
  return TRUE;
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
  struct step *step = malloc(sizeof *step);
  char line[900] = "";
  DWORD result = HSE_STATUS_SUCCESS;
  BOOL noted = FALSE;
  for (const char *p = ecb->lpszQueryString; p != NULL && *p != '\0';) {
    BOOL returned = FALSE;
    p = read_step(p, step);
    if (strcmp(step->name, "id") == 0) {
      noted = TRUE;
      snprintf(line, sizeof line, "%.40s", step->text);
    } else if (strcmp(step->name, "code") == 0) {
      ecb->dwHttpStatusCode = (DWORD)strtoul(step->text, NULL, 0);
    } else if (strcmp(step->name, "return") == 0) {
      result = (DWORD)strtoul(step->text, NULL, 0);
    } else if (strcmp(step->name, "data") == 0) {
      size_t length = strlen(step->text);
      memcpy(ecb->lpszLogData, step->text, length < sizeof ecb->lpszLogData ? length + 1 : sizeof ecb->lpszLogData);
    } else if (call(ecb, step, &returned)) {
      DWORD error = isapi_last_error();
      size_t length = strlen(line);
      snprintf(line + length, sizeof line - length, " %s=%d,%lu,%lu", step->name, returned, (unsigned long)error,
               (unsigned long)ecb->dwHttpStatusCode);
    }
  }
  if (noted) append_event(line);
  free(step);
  return result;
}
