/* Frames of Lua 5.1 to 5.4. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_LUA_LUA_H
#define NPLUS1_COLLECTORS_LANGUAGES_LUA_LUA_H

#include "agent/stack/walker.h"

extern const struct language_walker lua_walker;

#endif
