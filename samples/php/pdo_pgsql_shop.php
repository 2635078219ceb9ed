<?php
/* Connects as the PG* variables say. */
require __DIR__ . '/pdo.php';

with_pdo('pgsql:dbname=postgres', 'CREATE TEMPORARY TABLE');
