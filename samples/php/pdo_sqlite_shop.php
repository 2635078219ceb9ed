<?php
require __DIR__ . '/pdo.php';

with_pdo('sqlite::memory:', 'CREATE TABLE');
