/*
 * GetExtensionVersion refuses and leaves the last error alone. Built without a .def file, as decorated.c: finding the
 * names of the 32-bit Windows build takes attempts that fail, whose last error is not the extension's.
 */
#include "isapi.h"

#ifdef _WIN32
#define SHARED __declspec(dllexport)
#else
#define SHARED ISAPI_EXPORT
#endif

SHARED BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  version->dwExtensionVersion = HSE_VERSION;
  return FALSE;
}

SHARED DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  (void)ecb;
  return HSE_STATUS_SUCCESS;
}
