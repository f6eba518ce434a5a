/*
 * Ends its process while it is loaded: GetExtensionVersion writes through a null pointer.
 */
#include "isapi.h"

#include <stddef.h>

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  volatile int *volatile pointer = NULL;
  *pointer = 1;
  version->dwExtensionVersion = HSE_VERSION;
  return TRUE;
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  (void)ecb;
  return HSE_STATUS_SUCCESS;
}
