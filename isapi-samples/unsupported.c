/*
 * unsupported - calls what the server does not have, and shows how it says no.
 *
 * IIS has functions that no other server can have, because they are about IIS itself or about Windows accounts, and
 * others that only came with later versions. A server that does not have a function answers FALSE and the last error
 * ERROR_INVALID_PARAMETER (87; EINVAL where errno is the last error). An extension that looks at the result can do
 * without. One that does not will fail in a strange way much later, and that is hard to find out from outside.
 *
 * Therefore the server can tell you. With
 *
 *   ISAPILogNotSupported On
 *
 * in httpd.conf every such call gets a line in the error log, with the name of the function and the file of the
 * extension. Run your extension with it once and read the log: it is the list of what your extension asks for that
 * it will not get.
 *
 * The table below is made by really making each call, with arguments that do no harm where the function exists: empty
 * structures and empty buffers. The last rows are calls of the other three functions that fail in other ways.
 * Before each call the last error is set to 0, and read directly after it. Everything in between, even a printf, may
 * change it.
 */
#include <string.h>

#include "page.h"

struct function {
  const char *name;
  DWORD code;
};

#define FUNCTION(name) {#name, name}

static const struct function functions[] = {
    FUNCTION(HSE_REQ_GET_SSPI_INFO),
    FUNCTION(HSE_REQ_IO_COMPLETION),
    FUNCTION(HSE_REQ_TRANSMIT_FILE),
    FUNCTION(HSE_REQ_REFRESH_ISAPI_ACL),
    FUNCTION(HSE_REQ_ASYNC_READ_CLIENT),
    FUNCTION(HSE_REQ_GET_IMPERSONATION_TOKEN),
    FUNCTION(HSE_REQ_ABORTIVE_CLOSE),
    FUNCTION(HSE_REQ_GET_CERT_INFO_EX),
    FUNCTION(HSE_REQ_CLOSE_CONNECTION),
    {"HSE_REQ_EXTENSION_TRIGGER", 1020},
    FUNCTION(HSE_REQ_MAP_UNICODE_URL_TO_PATH),
    FUNCTION(HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX),
    FUNCTION(HSE_REQ_EXEC_UNICODE_URL),
    FUNCTION(HSE_REQ_EXEC_URL),
    FUNCTION(HSE_REQ_GET_EXEC_URL_STATUS),
    FUNCTION(HSE_REQ_SEND_CUSTOM_ERROR),
    FUNCTION(HSE_REQ_IS_IN_PROCESS),
    FUNCTION(HSE_REQ_REPORT_UNHEALTHY),
    FUNCTION(HSE_REQ_NORMALIZE_URL),
    FUNCTION(HSE_REQ_VECTOR_SEND),
    FUNCTION(HSE_REQ_GET_ANONYMOUS_TOKEN),
    FUNCTION(HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK),
    FUNCTION(HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN),
    FUNCTION(HSE_REQ_GET_TRACE_INFO),
    FUNCTION(HSE_REQ_SET_FLUSH_FLAG),
    FUNCTION(HSE_REQ_GET_TRACE_INFO_EX),
    FUNCTION(HSE_REQ_RAISE_TRACE_EVENT),
    FUNCTION(HSE_REQ_GET_CONFIG_OBJECT),
    FUNCTION(HSE_REQ_GET_WORKER_PROCESS_SETTINGS),
    FUNCTION(HSE_REQ_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK),
    FUNCTION(HSE_REQ_CANCEL_IO),
    FUNCTION(HSE_REQ_GET_CHANNEL_BINDING_TOKEN),
    {"a code that nobody has", 4711},
};

static const char *error_name(DWORD error) {
  /* On ELF the first two are one number. */
  if (error == 0) return "none";
  if (error == ISAPI_ERROR_INVALID_PARAMETER) return "invalid parameter";
  if (error == ISAPI_ERROR_INVALID_INDEX) return "invalid index";
  if (error == ISAPI_ERROR_INSUFFICIENT_BUFFER) return "insufficient buffer";
  return "another one";
}

static void row(struct page *page, const char *name, long code, BOOL returned, DWORD error) {
  page_html(page, "<tr><th>");
  page_text(page, name);
  page_html(page, "<td>");
  if (code != 0) page_number(page, code);
  page_html(page, returned ? "<td>TRUE<td>" : "<td>FALSE<td>");
  page_number(page, (long)error);
  page_html(page, " ");
  page_text(page, error_name(error));
  page_html(page, "\n");
}

static VOID WINAPI completed(EXTENSION_CONTROL_BLOCK *ecb, PVOID context, DWORD bytes, DWORD error) {
  /* Only called where HSE_REQ_IO_COMPLETION exists and an asynchronous operation was begun. None is, here. */
  (void)ecb;
  (void)context;
  (void)bytes;
  (void)error;
}

static BOOL call(EXTENSION_CONTROL_BLOCK *ecb, DWORD code) {
  /* Large enough for each structure that a function takes or fills in, and aligned as they need it. */
  union {
    char bytes[1024];
    HSE_TF_INFO transmit;
    void *pointer;
  } buffer, type;
  DWORD size = 0;
  memset(&buffer, 0, sizeof buffer);
  memset(&type, 0, sizeof type);
  isapi_set_last_error(0);
  switch (code) {
    case HSE_REQ_IO_COMPLETION:
      /* The buffer is a function. */
      return ecb->ServerSupportFunction(ecb->ConnID, code, (LPVOID)(size_t)completed, NULL, NULL);
    case HSE_REQ_TRANSMIT_FILE:
      buffer.transmit.hFile = INVALID_HANDLE_VALUE;
      buffer.transmit.dwFlags = HSE_IO_ASYNC;
      break;
    case HSE_REQ_SET_FLUSH_FLAG:
      /* The buffer is the BOOL itself, in place of a pointer to it: here FALSE. */
      return ecb->ServerSupportFunction(ecb->ConnID, code, NULL, NULL, NULL);
    default:
      break;
  }
  return ecb->ServerSupportFunction(ecb->ConnID, code, &buffer, &size, (LPDWORD)(void *)&type);
}

static void other_calls(EXTENSION_CONTROL_BLOCK *ecb, struct page *page) {
  char unknown[] = "NO_SUCH_VARIABLE";
  char method[] = "REQUEST_METHOD";
  char buffer[1];
  char space[] = " ";

  DWORD size = sizeof buffer;
  isapi_set_last_error(0);
  BOOL returned = ecb->GetServerVariable(ecb->ConnID, unknown, buffer, &size);
  row(page, "GetServerVariable, unknown name", 0, returned, isapi_last_error());

  size = sizeof buffer;
  isapi_set_last_error(0);
  returned = ecb->GetServerVariable(ecb->ConnID, method, buffer, &size);
  row(page, "GetServerVariable, buffer too small", 0, returned, isapi_last_error());

  /* What this writes, if it writes, is to come where it was called. */
  page_flush(page);
  size = 1;
  isapi_set_last_error(0);
  returned = ecb->WriteClient(ecb->ConnID, space, &size, HSE_IO_ASYNC);
  row(page, "WriteClient, asynchronous", 0, returned, isapi_last_error());
}

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  return describe(version, "unsupported, calls what the server does not have");
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  struct page page;
  page_begin(&page, ecb, "Unsupported");
  page_html(&page, "<table><tr><th>Function<th>Code<th>Returned<th>Last error\n");
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    BOOL returned = call(ecb, functions[i].code);
    DWORD error = isapi_last_error();
    row(&page, functions[i].name, (long)functions[i].code, returned, error);
  }
  other_calls(ecb, &page);
  page_html(&page, "</table>\n");
  page_html(&page, "<p>With <code>ISAPILogNotSupported On</code> the error log has a line for each of them.\n");
  return page_end(&page);
}

ISAPI_EXPORT BOOL WINAPI TerminateExtension(DWORD flags) {
  (void)flags;
  return TRUE;
}
