<?php
// NPlus1 and NPlus1\...: the class's file has its name. For who has no Composer: require this in the bootstrap.
spl_autoload_register(static function (string $class): void {
    $file = __DIR__ . '/' . str_replace('\\', '/', preg_replace('/^NPlus1\\\\/', '', $class)) . '.php';
    if (preg_match('/^NPlus1(\\\\|$)/', $class) && is_file($file)) {
        require_once $file;
    }
});
