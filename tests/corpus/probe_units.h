/* Cases at the threshold and at the bounds of units of work, for probe_corpus.c, which includes this. */

#define THRESHOLD VERDICT_DEFAULT_THRESHOLD

/* Different values from one place, in a unit of work that was seen to begin. */
static void values_in_one_unit(unsigned count)
{
    struct query child = query(CHILDREN);

    unit_end(thread_current());
    for (unsigned i = 0; i < count; i++)
        run(&child, 1000 + i, nothing);
}

static void one_less_than_the_threshold(void)
{
    values_in_one_unit(THRESHOLD - 1);
}

static void as_many_as_the_threshold(void)
{
    values_in_one_unit(THRESHOLD);
}

/* As many executions, but fewer values. */
static void one_value_less_than_the_threshold(void)
{
    values_in_one_unit(THRESHOLD - 1);
    struct query child = query(CHILDREN);
    run(&child, 1000, nothing);
}

static void as_many_from_two_places(void)
{
    struct query child = query(CHILDREN);

    for (unsigned i = 0; i < THRESHOLD; i++) {
        child.stack[0] = 0x1000 + i % 2 * 16;
        run(&child, 1000 + i, nothing);
    }
}

static void as_many_of_two_statements(void)
{
    struct query a = query(CHILDREN), b = query("select w from children where parent_id = ?");

    for (unsigned i = 0; i < THRESHOLD; i++)
        run(i % 2 ? &a : &b, 1000 + i, nothing);
}

static void a_low_threshold_is_reached_by_two(void)
{
    settings.threshold = 2;
    values_in_one_unit(2);
}

static void a_high_threshold_is_not_reached_by_its_predecessor(void)
{
    settings.threshold = 100;
    values_in_one_unit(99);
}

static void a_high_threshold_is_reached(void)
{
    settings.threshold = 100;
    values_in_one_unit(100);
}

/* So far from each other that no pattern is seen, and nothing says that a unit of work ends. */
static void values_outside_of_units(unsigned count)
{
    struct query child = query(CHILDREN), a = query("select now()"), b = query("select random()");

    for (unsigned i = 0; i < count; i++) {
        run(&child, 1000 + i, nothing);
        for (unsigned k = 0; k < GROUP_GAP; k++) {
            run_plain(&a, nothing);
            run_plain(&b, nothing);
        }
    }
}

static void as_many_outside_of_units(void)
{
    values_outside_of_units(THRESHOLD);
}

static void one_less_outside_of_units(void)
{
    values_outside_of_units(THRESHOLD - 1);
}

static void as_many_units_as_the_threshold(void)
{
    for (unsigned i = 0; i < THRESHOLD; i++)
        values_in_one_unit(1);
}

static void as_many_without_a_stack(void)
{
    stub_walker_fail();
    values_in_one_unit(THRESHOLD);
}

static void one_less_without_a_stack(void)
{
    stub_walker_fail();
    values_in_one_unit(THRESHOLD - 1);
}

/* What is known of the rows needs no stack. */
static void proven_without_a_stack(void)
{
    stub_walker_fail();
    loop_of(PARENTS, CHILDREN, 2, 1);
}

static void the_same_without_a_stack(void)
{
    stub_walker_fail();
    repeat("select v from settings where name = ?", 20);
}

static void inserts_without_a_stack(void)
{
    stub_walker_fail();
    inserts(DATABASE_POSTGRESQL, "insert into log(id, v) values (?, ?)", 20);
}
