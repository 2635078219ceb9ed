<?php

namespace NPlus1;

/** A line of a program. */
final class Place
{
    /** @var ?string */
    public $file;
    /** @var int 0: not known */
    public $line;
    /** @var ?string of native code */
    public $module;

    public function __construct(?string $file, int $line, ?string $module = null)
    {
        $this->file = $file;
        $this->line = $line;
        $this->module = $module;
    }

    public function __toString(): string
    {
        if ($this->file === null) {
            return $this->module ?? 'unknown place';
        }
        $here = getcwd() . '/';
        $file = strncmp($this->file, $here, strlen($here)) === 0 ? substr($this->file, strlen($here)) : $this->file;

        return "$file:$this->line";
    }
}
