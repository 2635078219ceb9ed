%% A process of Erlang's for each piece of work, on the machine's schedulers in turns: escript processes.erl WHAT ORDERS
%% It speaks the protocol by itself, over the socket that PGHOST and PGPORT say.
%%! +S 4:4
-mode(compile).

main([What, Orders]) ->
    File = os:getenv("PGHOST") ++ "/.s.PGSQL." ++ os:getenv("PGPORT", "5432"),
    Sockets = [connect(File) || _ <- lists:seq(1, 3)],
    Sum = run(What, list_to_integer(Orders), list_to_tuple(Sockets)),
    [gen_tcp:send(Socket, <<$X, 4:32>>) || Socket <- Sockets],
    [gen_tcp:close(Socket) || Socket <- Sockets],
    io:format("~p~n", [Sum]).

%% One after the other, each from another thread; the connection as a pool gives it out, or always the same one.
run("loop", Orders, Sockets) ->
    Keys = on(0, fun() -> all_orders(element(1, Sockets), Orders) end),
    lists:sum([on(N, fun() -> customer(element(1, Sockets), Key) end) || {N, Key} <- numbered(Keys)]);
run("pool", Orders, Sockets) ->
    Keys = on(0, fun() -> all_orders(element(1, Sockets), Orders) end),
    lists:sum([on(N, fun() -> customer(element(N rem 3 + 1, Sockets), Key) end) || {N, Key} <- numbered(Keys)]);
%% The same by one list.
run("list", Orders, Sockets) ->
    Keys = on(0, fun() -> all_orders(element(1, Sockets), Orders) end),
    Rows = on(1, fun() -> ask(element(2, Sockets), ["SELECT length(name) FROM customers WHERE id IN (", lists:join(",", Keys), ")"]) end),
    lists:sum([list_to_integer(Row) || Row <- Rows]);
%% A visitor for each order, whose process looks one customer up.
run("visitors", Orders, Sockets) ->
    {ok, Listening} = gen_tcp:listen(0, [binary, {active, false}, {ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(Listening),
    Serving = spawn_link(fun() -> serve(Listening, Sockets, 1) end),
    Sum = lists:sum([visit(Port, Key) || Key <- lists:seq(1, Orders)]),
    unlink(Serving),
    exit(Serving, kill),
    Sum.

serve(Listening, Sockets, N) ->
    {ok, Visitor} = gen_tcp:accept(Listening),
    on(N, fun() ->
        {ok, Key} = gen_tcp:recv(Visitor, 0),
        gen_tcp:send(Visitor, integer_to_list(customer(element(N rem 3 + 1, Sockets), Key))),
        gen_tcp:close(Visitor)
    end),
    serve(Listening, Sockets, N + 1).

visit(Port, Key) ->
    {ok, Socket} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, false}]),
    gen_tcp:send(Socket, integer_to_list(Key)),
    {ok, Answer} = gen_tcp:recv(Socket, 0),
    gen_tcp:close(Socket),
    binary_to_integer(Answer).

%% What a process of its own gives, on the scheduler with that number.
on(N, Work) ->
    {Process, Mark} = spawn_opt(fun() -> exit({gives, Work()}) end, [monitor, {scheduler, N rem 4 + 1}]),
    receive {'DOWN', Mark, process, Process, {gives, What}} -> What end.

numbered(List) -> lists:zip(lists:seq(1, length(List)), List).

all_orders(Socket, Orders) ->
    ask(Socket, ["SELECT customer_id FROM orders WHERE id <= ", integer_to_list(Orders), " ORDER BY id"]).

customer(Socket, Key) ->
    [Row] = ask(Socket, ["SELECT length(name) FROM customers WHERE id = ", Key]),
    list_to_integer(Row).

connect(File) ->
    {ok, Socket} = gen_tcp:connect({local, File}, 0, [binary, {active, false}]),
    Words = [[Word, 0] || Word <- ["user", os:getenv("PGUSER"), "database", os:getenv("PGDATABASE")]],
    Startup = iolist_to_binary([<<196608:32>>, Words, 0]),
    ok = gen_tcp:send(Socket, [<<(byte_size(Startup) + 4):32>>, Startup]),
    [] = answer(Socket, []),
    Socket.

ask(Socket, Text) ->
    Query = iolist_to_binary([Text, 0]),
    ok = gen_tcp:send(Socket, [<<$Q, (byte_size(Query) + 4):32>>, Query]),
    answer(Socket, []).

%% The first column of each row, as text.
answer(Socket, Rows) ->
    {ok, <<Kind, Size:32>>} = gen_tcp:recv(Socket, 5),
    Body = case Size of 4 -> <<>>; _ -> {ok, Bytes} = gen_tcp:recv(Socket, Size - 4), Bytes end,
    case {Kind, Body} of
        {$Z, _} -> lists:reverse(Rows);
        {$D, <<_:16, Length:32, Value:Length/binary, _/binary>>} -> answer(Socket, [binary_to_list(Value) | Rows]);
        {$E, _} -> error(Body);
        _ -> answer(Socket, Rows)
    end.
