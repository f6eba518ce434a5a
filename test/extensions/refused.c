/* GetExtensionVersion refuses, with "access denied" as the last error. */
#include "isapi.h"

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  version->dwExtensionVersion = HSE_VERSION;
  isapi_set_last_error(ISAPI_ERROR_ACCESS_DENIED);
  return FALSE;
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  (void)ecb;
  return HSE_STATUS_SUCCESS;
}
