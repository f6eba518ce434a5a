/*
 * Calls what Wine does not have: with the query "absent" a function that no Windows has, with "stub" one that Wine has the
 * name of alone.
 */
#include "isapi.h"

#include <string.h>

void NoSuchFunctionAtAll(void);
void BaseAttachCompleteThunk(void);

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  version->dwExtensionVersion = HSE_VERSION;
  return TRUE;
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  if (strcmp(ecb->lpszQueryString, "absent") == 0) NoSuchFunctionAtAll();
  if (strcmp(ecb->lpszQueryString, "stub") == 0) BaseAttachCompleteThunk();
  return HSE_STATUS_SUCCESS;
}
