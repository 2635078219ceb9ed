/* Runs a program and prints how many instructions its first thread executes between the two times that it stops itself (SIGSTOP):
 * steps COMMAND...
 *
 * By single steps (ptrace): the code runs as it is, also where it was patched, which callgrind's translation does not. */
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* The signal with which it stopped; 0: it is gone. */
static int wait_for(pid_t child)
{
    int status;

    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
        return 0;
    return WSTOPSIG(status);
}

int main(int argc, char **argv)
{
    long steps = 0;
    int stopped;
    pid_t child = argc > 1 ? fork() : -1;

    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    if (child < 0 || wait_for(child) != SIGTRAP) /* of exec */
        return 2;
    ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)PTRACE_O_EXITKILL);
    ptrace(PTRACE_CONT, child, NULL, NULL);
    stopped = wait_for(child);
    while (stopped && stopped != SIGSTOP) {
        ptrace(PTRACE_CONT, child, NULL, (void *)(long)(stopped == SIGTRAP ? 0 : stopped)); /* env's exec */
        stopped = wait_for(child);
    }
    while (stopped && (steps == 0 || stopped == SIGTRAP)) {
        ptrace(PTRACE_SINGLESTEP, child, NULL, NULL);
        stopped = wait_for(child);
        steps++;
    }
    if (stopped != SIGSTOP)
        return 2;
    ptrace(PTRACE_CONT, child, NULL, NULL);
    if (wait_for(child) != 0)
        return 2;
    printf("%ld\n", steps);
    return 0;
}
