#include "viewer/doctor/machines.h"

#include <stddef.h>

/* The walkers are those of collectors/languages. */
const struct doctor_machine doctor_machines[DOCTOR_VMS] = {
    [DOCTOR_PYTHON] = {"python", "CPython", "PyGILState_GetThisThreadState", 308, 314,
                       "the walker knows 3.8 to 3.14 with the global lock", "Python frames: "},
    [DOCTOR_RUBY] = {"ruby", "Ruby", "ruby_version", 207, 303, "the walker knows 2.7 to 3.3", "Ruby frames: "},
    [DOCTOR_PHP] = {"php", "PHP", "zend_execute_scripts", 704, 804, "the walker knows 7.4 to 8.4 without thread safety (NTS)",
                    "PHP frames: "},
    [DOCTOR_PERL] = {"perl", "Perl", "perl_parse", 532, 540, "the walker knows 5.32 to 5.40", "Perl frames: "},
    [DOCTOR_TCL] = {"tcl", "Tcl", "Tcl_CreateInterp", 806, 806, "the walker knows 8.6", "Tcl frames: "},
    [DOCTOR_LUA] = {"lua", "Lua", "lua_getinfo", 501, 504, "the walker knows 5.1 to 5.4", "Lua frames: "},
    [DOCTOR_JAVA] = {"java", "Java", "JNI_CreateJavaVM", 1100, 2599, "the walker knows HotSpot of JDK 11 to 25", "Java frames: "},
    [DOCTOR_NODE] = {"javascript", "Node.js", "napi_module_register", 1800, 2699, "the walker knows Node.js 18 to 26",
                     "JavaScript frames: "},
    [DOCTOR_BEAM] = {"erlang", "Erlang", "enif_get_local_pid", 0, 0, "there is no walker for the frames of Erlang and Elixir",
                     NULL},
};
