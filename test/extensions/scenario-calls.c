/*
 * The scenarios of scenario.c that call into the server and report what it returned. `ret` is the value returned,
 * `error` the last error after the call; it was set to 12345 before.
 *
 *   variable=NAME          GetServerVariable with 64 KiB of room: ret, error, size, value
 *   variable_small=NAME    the size with no buffer's room, then a buffer that is one byte too small: needed, ret,
 *                          error, size, untouched
 *   support=CODE           ServerSupportFunction with zeroed buffers; with `null`, with NULL everywhere
 *   map=URL                MAP_URL_TO_PATH in 1024 bytes, or as many as `capacity` says
 *   mapex=URL              MAP_URL_TO_PATH_EX
 *   redirect=URL           SEND_URL_REDIRECT_RESP; the report follows as body
 *   sendurl=URL            SEND_URL
 *   header=STATUS          SEND_RESPONSE_HEADER with this status (none without an argument); `block` is the header
 *                          text, and without it there is none; with `twice`, sent twice
 *   header_ex=STATUS       the same with SEND_RESPONSE_HEADER_EX; with `keep`, asking to keep the connection;
 *                          `cch` cuts the header text to so many bytes
 *   connected, keepconn    IS_CONNECTED, IS_KEEP_CONN
 *   logparam=TEXT          HSE_APPEND_LOG_PARAMETER
 *   logdata=TEXT           puts the text into lpszLogData
 *   done                   DONE_WITH_SESSION, before HttpExtensionProc returns
 *   flags=FLAGS            WriteClient with these flags
 *   nulls                  NULL and nonsense where pointers are due
 *   conn=block             a variable and a write with the block's address as ConnID
 * After a header was sent by the scenario the report follows as body, except with `quiet`.
 */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static BOOL wants(EXTENSION_CONTROL_BLOCK *ecb, const char *option) {
  char value[8];
  return argument(ecb, option, value, sizeof value);
}

static BOOL support(EXTENSION_CONTROL_BLOCK *ecb, DWORD code, LPVOID buffer, LPDWORD size, LPDWORD type) {
  isapi_set_last_error(MARKER);
  return ecb->ServerSupportFunction(ecb->ConnID, code, buffer, size, type);
}

static DWORD variable(EXTENSION_CONTROL_BLOCK *ecb, const char *name) {
  DWORD size = 65536;
  char *buffer = calloc(1, size);
  struct report *report = report_begin(ecb);
  if (buffer == NULL || report == NULL) return HSE_STATUS_ERROR;
  isapi_set_last_error(MARKER);
  BOOL returned = ecb->GetServerVariable(ecb->ConnID, (LPSTR)name, buffer, &size);
  report_result(report, returned);
  report_number(report, "size", size);
  if (returned && size > 0 && size <= 65536) report_bytes(report, "value", buffer, size - 1);
  free(buffer);
  return report_send(report);
}

static DWORD variable_small(EXTENSION_CONTROL_BLOCK *ecb, const char *name) {
  DWORD needed = 0;
  char nothing = 0x55;
  struct report *report = report_begin(ecb);
  isapi_set_last_error(MARKER);
  BOOL first = ecb->GetServerVariable(ecb->ConnID, (LPSTR)name, &nothing, &needed);
  report_number(report, "first_ret", first);
  report_number(report, "needed", needed);
  if (first || needed < 2 || needed > 65536) return report_send(report);

  unsigned char *buffer = malloc(needed);
  if (buffer == NULL) return HSE_STATUS_ERROR;
  memset(buffer, 0xAA, needed);
  DWORD size = needed - 1;
  isapi_set_last_error(MARKER);
  BOOL returned = ecb->GetServerVariable(ecb->ConnID, (LPSTR)name, buffer, &size);
  report_result(report, returned);
  report_number(report, "size", size);
  BOOL untouched = nothing == 0x55;
  for (DWORD i = 0; i < needed; i++) untouched = untouched && buffer[i] == 0xAA;
  report_number(report, "untouched", untouched);
  free(buffer);
  return report_send(report);
}

static VOID WINAPI completed(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  (void)ecb;
  (void)context;
  (void)bytes;
  (void)error;
}

static DWORD support_code(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  DWORD code = (DWORD)strtoul(text, NULL, 0);
  struct report *report = report_begin(ecb);
  void *buffer = calloc(1, 4096);
  void *type = calloc(1, 4096);
  if (report == NULL || buffer == NULL || type == NULL) return HSE_STATUS_ERROR;
  DWORD size = 0;
  BOOL returned;
  if (wants(ecb, "null")) {
    returned = support(ecb, code, NULL, NULL, NULL);
  } else if (code == HSE_REQ_IO_COMPLETION) {
    /* The pointer is a function here, which a server may call. */
    returned = support(ecb, code, (LPVOID)(size_t)completed, NULL, NULL);
  } else {
    returned = support(ecb, code, buffer, &size, type);
  }
  report_result(report, returned);
  report_number(report, "size", size);
  free(buffer);
  free(type);
  return report_send(report);
}

static DWORD map(EXTENSION_CONTROL_BLOCK *ecb, const char *url) {
  long capacity = argument_number(ecb, "capacity", 1024);
  size_t length = strlen(url) + 1;
  if (capacity < 0 || capacity > 65536) return HSE_STATUS_ERROR;
  /* The URL is in the buffer that the path is written to, so there is room for the longer of both. */
  char *buffer = calloc(1, length > (size_t)capacity ? length : (size_t)capacity + 1);
  struct report *report = report_begin(ecb);
  if (buffer == NULL || report == NULL) return HSE_STATUS_ERROR;
  memcpy(buffer, url, length);
  DWORD size = (DWORD)capacity;
  report_result(report, support(ecb, HSE_REQ_MAP_URL_TO_PATH, buffer, &size, NULL));
  report_number(report, "size", size);
  report_text(report, "path", buffer);
  free(buffer);
  return report_send(report);
}

static DWORD mapex(EXTENSION_CONTROL_BLOCK *ecb, const char *url) {
  HSE_URL_MAPEX_INFO info;
  memset(&info, 0, sizeof info);
  DWORD size = (DWORD)strlen(url);
  struct report *report = report_begin(ecb);
  report_result(report, support(ecb, HSE_REQ_MAP_URL_TO_PATH_EX, (LPVOID)url, &size, (LPDWORD)&info));
  info.lpszPath[sizeof info.lpszPath - 1] = '\0';
  report_text(report, "path", info.lpszPath);
  report_hex(report, "dwFlags", info.dwFlags);
  report_number(report, "cchMatchingPath", info.cchMatchingPath);
  report_number(report, "cchMatchingURL", info.cchMatchingURL);
  return report_send(report);
}

static DWORD redirect(EXTENSION_CONTROL_BLOCK *ecb, const char *url) {
  struct report *report = report_begin(ecb);
  DWORD size = (DWORD)strlen(url);
  LPDWORD given = wants(ecb, "null") ? NULL : &size;
  report_result(report, support(ecb, HSE_REQ_SEND_URL_REDIRECT_RESP, (LPVOID)url, given, NULL));
  report_number(report, "dwHttpStatusCode", ecb->dwHttpStatusCode);
  if (!wants(ecb, "quiet")) return report_send_body(report);
  free(report);
  return HSE_STATUS_SUCCESS;
}

static DWORD sendurl(EXTENSION_CONTROL_BLOCK *ecb, const char *url) {
  DWORD size = (DWORD)strlen(url);
  if (support(ecb, HSE_REQ_SEND_URL, (LPVOID)url, &size, NULL)) return HSE_STATUS_SUCCESS;
  struct report *report = report_begin(ecb);
  report_result(report, FALSE);
  return report_send(report);
}

static DWORD header(EXTENSION_CONTROL_BLOCK *ecb, const char *status) {
  char text[8192];
  BOOL has_text = argument(ecb, "block", text, sizeof text);
  struct report *report = report_begin(ecb);
  for (int times = wants(ecb, "twice") ? 2 : 1; times > 0; times--) {
    DWORD size = (DWORD)strlen(status);
    report_result(report, support(ecb, HSE_REQ_SEND_RESPONSE_HEADER, status[0] != '\0' ? (LPVOID)status : NULL,
                                  &size, has_text ? (LPDWORD)text : NULL));
  }
  report_number(report, "dwHttpStatusCode", ecb->dwHttpStatusCode);
  if (!wants(ecb, "quiet")) return report_send_body(report);
  free(report);
  return HSE_STATUS_SUCCESS;
}

static DWORD header_ex(EXTENSION_CONTROL_BLOCK *ecb, const char *status) {
  char text[8192];
  HSE_SEND_HEADER_EX_INFO info;
  memset(&info, 0, sizeof info);
  if (argument(ecb, "block", text, sizeof text)) {
    info.pszHeader = text;
    info.cchHeader = (DWORD)argument_number(ecb, "cch", (long)strlen(text));
    if (info.cchHeader > sizeof text) return HSE_STATUS_ERROR;
  }
  if (status[0] != '\0') {
    info.pszStatus = status;
    info.cchStatus = (DWORD)strlen(status);
  }
  info.fKeepConn = wants(ecb, "keep");
  struct report *report = report_begin(ecb);
  report_result(report, support(ecb, HSE_REQ_SEND_RESPONSE_HEADER_EX, &info, NULL, NULL));
  report_number(report, "dwHttpStatusCode", ecb->dwHttpStatusCode);
  if (!wants(ecb, "quiet")) return report_send_body(report);
  free(report);
  return HSE_STATUS_SUCCESS;
}

static DWORD ask_bool(EXTENSION_CONTROL_BLOCK *ecb, DWORD code) {
  struct report *report = report_begin(ecb);
  BOOL value = -1;
  report_result(report, support(ecb, code, &value, NULL, NULL));
  report_number(report, "value", value);
  return report_send(report);
}

static DWORD connected(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)text;
  return ask_bool(ecb, HSE_REQ_IS_CONNECTED);
}

static DWORD keepconn(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)text;
  return ask_bool(ecb, HSE_REQ_IS_KEEP_CONN);
}

static DWORD logparam(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  struct report *report = report_begin(ecb);
  DWORD size = (DWORD)strlen(text);
  report_result(report, support(ecb, HSE_APPEND_LOG_PARAMETER, (LPVOID)text, &size, NULL));
  return report_send(report);
}

static DWORD logdata(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  snprintf(ecb->lpszLogData, sizeof ecb->lpszLogData, "%.*s", (int)sizeof ecb->lpszLogData - 1, text);
  struct report *report = report_begin(ecb);
  report_text(report, "lpszLogData", ecb->lpszLogData);
  return report_send(report);
}

static DWORD done(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)text;
  struct report *report = report_begin(ecb);
  DWORD status = HSE_STATUS_SUCCESS;
  report_result(report, support(ecb, HSE_REQ_DONE_WITH_SESSION, &status, NULL, NULL));
  return report_send(report);
}

static DWORD flags(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  char piece[] = "written\n";
  DWORD size = sizeof piece - 1;
  struct report *report = report_begin(ecb);
  if (!send_text(ecb, "Content-Type: text/plain\r\n\r\n")) return HSE_STATUS_ERROR;
  isapi_set_last_error(MARKER);
  report_result(report, ecb->WriteClient(ecb->ConnID, piece, &size, (DWORD)strtoul(text, NULL, 0)));
  report_number(report, "size", size);
  return report_send_body(report);
}

/* Reports one call of `nulls` as NAME=ret,error */
static void outcome(struct report *report, const char *name, BOOL returned) {
  DWORD error = isapi_last_error();
  char text[64];
  snprintf(text, sizeof text, "%d,%lu", returned, (unsigned long)error);
  report_text(report, name, text);
  isapi_set_last_error(MARKER);
}

static DWORD nulls(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)text;
  char buffer[512];
  char name[] = "SERVER_NAME";
  char byte = 'x';
  DWORD size = sizeof buffer;
  struct report *report = report_begin(ecb);
  isapi_set_last_error(MARKER);
  outcome(report, "variable_conn", ecb->GetServerVariable(NULL, name, buffer, &size));
  outcome(report, "variable_name", ecb->GetServerVariable(ecb->ConnID, NULL, buffer, &size));
  outcome(report, "variable_buffer", ecb->GetServerVariable(ecb->ConnID, name, NULL, &size));
  outcome(report, "variable_size", ecb->GetServerVariable(ecb->ConnID, name, buffer, NULL));
  size = 1;
  outcome(report, "write_conn", ecb->WriteClient(NULL, &byte, &size, HSE_IO_SYNC));
  outcome(report, "write_stranger", ecb->WriteClient((HCONN)(size_t)0x1234, &byte, &size, HSE_IO_SYNC));
  outcome(report, "write_buffer", ecb->WriteClient(ecb->ConnID, NULL, &size, HSE_IO_SYNC));
  outcome(report, "write_size", ecb->WriteClient(ecb->ConnID, &byte, NULL, HSE_IO_SYNC));
  size = 0;
  outcome(report, "write_nothing", ecb->WriteClient(ecb->ConnID, &byte, &size, HSE_IO_SYNC));
  size = sizeof buffer;
  outcome(report, "read_conn", ecb->ReadClient(NULL, buffer, &size));
  outcome(report, "read_buffer", ecb->ReadClient(ecb->ConnID, NULL, &size));
  outcome(report, "read_size", ecb->ReadClient(ecb->ConnID, buffer, NULL));
  outcome(report, "support_conn", ecb->ServerSupportFunction(NULL, HSE_REQ_IS_CONNECTED, buffer, NULL, NULL));
  outcome(report, "connected", support(ecb, HSE_REQ_IS_CONNECTED, NULL, NULL, NULL));
  outcome(report, "keepconn", support(ecb, HSE_REQ_IS_KEEP_CONN, NULL, NULL, NULL));
  outcome(report, "map", support(ecb, HSE_REQ_MAP_URL_TO_PATH, NULL, NULL, NULL));
  outcome(report, "mapex", support(ecb, HSE_REQ_MAP_URL_TO_PATH_EX, NULL, NULL, NULL));
  outcome(report, "logparam", support(ecb, HSE_APPEND_LOG_PARAMETER, NULL, NULL, NULL));
  outcome(report, "redirect", support(ecb, HSE_REQ_SEND_URL_REDIRECT_RESP, NULL, NULL, NULL));
  outcome(report, "sendurl", support(ecb, HSE_REQ_SEND_URL, NULL, NULL, NULL));
  outcome(report, "header_ex", support(ecb, HSE_REQ_SEND_RESPONSE_HEADER_EX, NULL, NULL, NULL));
  outcome(report, "done", support(ecb, HSE_REQ_DONE_WITH_SESSION, NULL, NULL, NULL));
  return report_send(report);
}

static DWORD conn(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)text;
  char value[512];
  DWORD size = sizeof value;
  struct report *report = report_begin(ecb);
  isapi_set_last_error(MARKER);
  report_result(report, ecb->GetServerVariable((HCONN)ecb, (LPSTR) "REQUEST_METHOD", value, &size));
  report_bytes(report, "value", value, size > 0 && size <= sizeof value ? size - 1 : 0);
  ecb->ConnID = (HCONN)ecb;
  return report_send(report);
}

const struct scenario call_scenarios[] = {
    {"variable", variable}, {"variable_small", variable_small}, {"support", support_code}, {"map", map},
    {"mapex", mapex},       {"redirect", redirect},             {"sendurl", sendurl},      {"header", header},
    {"header_ex", header_ex}, {"connected", connected},         {"keepconn", keepconn},    {"logparam", logparam},
    {"logdata", logdata},   {"done", done},                     {"flags", flags},          {"nulls", nulls},
    {"conn", conn},         {NULL, NULL},
};
