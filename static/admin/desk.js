// The composing desk in the browser: what is typed is kept.
"use strict";
