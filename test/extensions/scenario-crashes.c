/*
 * The scenarios of scenario.c that end their process or never return. Nothing here may be optimised away, so the
 * values come from volatile variables.
 *
 *   null        writes through a null pointer
 *   overflow    recursion without an end
 *   abort       abort()
 *   exit=N      ends the process with status N (default 3), in order
 *   cpp         a C++ exception that nobody catches; on ELF its end, SIGABRT
 *   divide      an integer division by zero
 *   fpe         a floating-point exception
 *   illegal     an illegal instruction
 *   thread      a null pointer in a thread that the extension made
 *   hang        never returns
 */
#include "scenario.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#ifndef _WIN32
#include <pthread.h>
#endif

static volatile int zero = 0;

static DWORD null_pointer(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)ecb;
  (void)text;
  volatile int *volatile pointer = NULL;
  *pointer = 1;
  return HSE_STATUS_SUCCESS;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winfinite-recursion"
static int __attribute__((noinline)) recurse(int depth) {
  volatile char frame[4096];
  frame[0] = (char)depth;
  frame[sizeof frame - 1] = (char)zero;
  int below = recurse(depth + 1);
  return below + frame[0] + frame[sizeof frame - 1];
}
#pragma GCC diagnostic pop

static DWORD overflow(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)ecb;
  (void)text;
  return (DWORD)recurse(0);
}

static DWORD aborting(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)ecb;
  (void)text;
  abort();
}

static DWORD exiting(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)ecb;
  int status = text[0] != '\0' ? (int)strtol(text, NULL, 0) : 3;
#ifdef _WIN32
  ExitProcess((UINT)status);
#else
  exit(status);
#endif
}

static DWORD exception(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)ecb;
  (void)text;
#ifdef _WIN32
  /* The code and the magic number that Visual C++ raises its exceptions with. */
  ULONG_PTR arguments[3] = {0x19930520, 0, 0};
  RaiseException(0xE06D7363, EXCEPTION_NONCONTINUABLE, 3, arguments);
#else
  raise(SIGABRT);
#endif
  return HSE_STATUS_SUCCESS;
}

static DWORD divide(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)ecb;
  (void)text;
  return (DWORD)(1000 / zero);
}

static DWORD floating_point(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)ecb;
  (void)text;
#ifdef _WIN32
  RaiseException(EXCEPTION_FLT_DIVIDE_BY_ZERO, EXCEPTION_NONCONTINUABLE, 0, NULL);
#else
  raise(SIGFPE);
#endif
  return HSE_STATUS_SUCCESS;
}

static DWORD illegal(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)ecb;
  (void)text;
  if (zero == 0) __builtin_trap();
  return HSE_STATUS_SUCCESS;
}

#ifdef _WIN32
static DWORD WINAPI crashing_thread(LPVOID unused) {
  (void)unused;
  null_pointer(NULL, "");
  return 0;
}
#else
static void *crashing_thread(void *unused) {
  (void)unused;
  null_pointer(NULL, "");
  return NULL;
}
#endif

static DWORD hang(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
  (void)ecb;
  (void)text;
  while (zero == 0) sleep_milliseconds(60000);
  return HSE_STATUS_SUCCESS;
}

static DWORD thread_crash(EXTENSION_CONTROL_BLOCK *ecb, const char *text) {
#ifdef _WIN32
  HANDLE thread = CreateThread(NULL, 0, crashing_thread, NULL, 0, NULL);
  if (thread == NULL) return HSE_STATUS_ERROR;
#else
  pthread_t thread;
  if (pthread_create(&thread, NULL, crashing_thread, NULL) != 0) return HSE_STATUS_ERROR;
#endif
  return hang(ecb, text);
}

const struct scenario crash_scenarios[] = {
    {"null", null_pointer}, {"overflow", overflow},  {"abort", aborting},  {"exit", exiting},
    {"cpp", exception},     {"divide", divide},      {"fpe", floating_point}, {"illegal", illegal},
    {"thread", thread_crash}, {"hang", hang},        {NULL, NULL},
};
