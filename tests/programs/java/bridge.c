/* Statements of SQLite from Java, in the thread that asks: Sql.java has the other half. */
#include <jni.h>
#include <sqlite3.h>
#include <stdint.h>

JNIEXPORT jlong JNICALL Java_Sql_open(JNIEnv *env, jclass class)
{
    sqlite3 *db = NULL;

    (void)env;
    (void)class;
    sqlite3_open(":memory:", &db);
    return (jlong)(intptr_t)db;
}

/* The sum of the first column. */
JNIEXPORT jlong JNICALL Java_Sql_run(JNIEnv *env, jclass class, jlong db, jstring sql, jlong value)
{
    const char *text = (*env)->GetStringUTFChars(env, sql, NULL);
    sqlite3_stmt *statement = NULL;
    jlong sum = 0;

    (void)class;
    sqlite3_prepare_v2((sqlite3 *)(intptr_t)db, text, -1, &statement, NULL);
    (*env)->ReleaseStringUTFChars(env, sql, text);
    if (sqlite3_bind_parameter_count(statement) > 0)
        sqlite3_bind_int64(statement, 1, value);
    while (sqlite3_step(statement) == SQLITE_ROW)
        sum += sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return sum;
}
