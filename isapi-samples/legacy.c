/*
 * legacy - an extension that does not work, for README's "When a DLL does not work".
 *
 * It is what many old ones are: made for one server, and silent. It asks for the user's token, to read files with that
 * user's rights. IIS has one; isapi-host and Apache have not, and say FALSE. The extension gives up, and tells nobody
 * why: it returns HSE_STATUS_ERROR, the reader sees "Internal Server Error", and the source is lost.
 *
 * What helps is to see what it asked for. `isapi-host inspect legacy-elf.dll --request GET /` shows each of its calls, and
 * `isapi-host calls` what it did not get, with what can be done about it.
 */
#include <stdio.h>
#include <string.h>

#include "isapi.h"

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  version->dwExtensionVersion = MAKELONG(2, 1);
  snprintf(version->lpszExtensionDesc, sizeof version->lpszExtensionDesc, "Orders 1.2");
  return TRUE;
}

ISAPI_EXPORT BOOL WINAPI TerminateExtension(DWORD flags) {
  (void)flags;
  return TRUE;
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  char department[64];
  char page[] = "Content-Type: text/plain\r\n\r\nNo orders today.\n";
  char name[] = "HTTP_X_DEPARTMENT";
  void *token = NULL;
  DWORD size = sizeof department;

  if (!ecb->GetServerVariable(ecb->ConnID, name, department, &size)) strcpy(department, "sales");
  if (!ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_GET_IMPERSONATION_TOKEN, &token, NULL, NULL)) {
    return HSE_STATUS_ERROR;
  }
  size = sizeof page - 1;
  return ecb->WriteClient(ecb->ConnID, page, &size, HSE_IO_SYNC) ? HSE_STATUS_SUCCESS : HSE_STATUS_ERROR;
}
