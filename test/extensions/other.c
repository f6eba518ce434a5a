/* The library that needsother.c is linked with. */
#include "isapi.h"

#ifdef _WIN32
#define SHARED __declspec(dllexport)
#else
#define SHARED ISAPI_EXPORT
#endif

SHARED int other_answer(void) { return 42; }
