#include "store/engine.h"
const struct engine postgres_engine = {0};
