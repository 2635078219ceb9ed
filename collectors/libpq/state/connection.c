#include "collectors/libpq/state/connection.h"

struct table pq_connections = TABLE_INIT;
struct lock pq_lock;
