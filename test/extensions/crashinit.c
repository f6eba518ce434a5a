/*
 * Cannot be initialized: its start code (DllMain; a constructor in ELF) writes through a null pointer.
 */
#include "isapi.h"

#include <stddef.h>

static void crash(void) {
  volatile int *volatile pointer = NULL;
  *pointer = 1;
}

#ifdef _WIN32
BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved) {
  (void)instance;
  (void)reserved;
  if (reason == DLL_PROCESS_ATTACH) crash();
  return TRUE;
}
#else
__attribute__((constructor)) static void start(void) { crash(); }
#endif

ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
  version->dwExtensionVersion = HSE_VERSION;
  return TRUE;
}

ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
  (void)ecb;
  return HSE_STATUS_SUCCESS;
}
