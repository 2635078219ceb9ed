<?php
require __DIR__ . '/../../../../integrations/php/src/autoload.php';
require __DIR__ . '/Shop.php';
