/* The scenarios of scenario.c: what each is given, and the files that hold them. */
#ifndef SCENARIO_H
#define SCENARIO_H

#include "kit.h"

/* The argument is what stands after the scenario's name and "=", percent-decoded; "" without one. */
typedef DWORD scenario_function(EXTENSION_CONTROL_BLOCK *ecb, const char *argument);

struct scenario {
  const char *name;
  scenario_function *run;
};

/* Each table ends with an empty row. */
extern const struct scenario call_scenarios[];  /* scenario-calls.c */
extern const struct scenario crash_scenarios[]; /* scenario-crashes.c */

#endif
