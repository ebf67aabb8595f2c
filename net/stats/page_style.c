/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page_style.c - how the statistics page looks.
 *
 * The style sheet is part of the page: an operator on a bad day has one address and one request.
 * Every colour is a variable with a value for light and one for dark surroundings; the classes of
 * the rows are those that HAProxy's page uses, since people and their scripts know them.  No
 * script, no font, no picture is loaded from anywhere. */
#include "net/stats/page.h"

const char page_style_light[] =
	":root{color-scheme:light dark;--page:#fff;--ink:#1d2330;--quiet:#69707d;--line:#d5d9e0;"
	"--head:#eef0f4;--name:#23406e;--name-ink:#fff;--link:#1f5fbf;--tip:#fffbe6;"
	"--front:#f1f3f7;--back:#e8ebf1;--socket:#f7f8fa;"
	"--up:#d3f3d5;--going-down:#fff3b0;--going-up:#ffdf8a;--down:#ffb8b3;--nolb:#b9d9ff;"
	"--draining:#bcd8ff;--no-check:#ececec;--maintain:#e3b98a;"
	"--b-up:#d5e3ff;--b-going-down:#e6d0ff;--b-going-up:#ffd0f5;--b-draining:#cfe0d8}\n"
	"@media(prefers-color-scheme:dark){:root{--page:#14171c;--ink:#dfe3ea;--quiet:#8e96a5;"
	"--line:#363c47;--head:#20252d;--name:#2f5590;--name-ink:#fff;--link:#7fb0ff;--tip:#2c2a18;"
	"--front:#1d222a;--back:#232934;--socket:#191d23;"
	"--up:#173d21;--going-down:#4d450f;--going-up:#5c4408;--down:#6b1a1a;--nolb:#12395f;"
	"--draining:#163a63;--no-check:#2a2d33;--maintain:#6a4318;"
	"--b-up:#1f2f52;--b-going-down:#3d2459;--b-going-up:#57204c;--b-draining:#24443a}}\n";

const char page_style_tables[] =
	"*{box-sizing:border-box}"
	"body{margin:1rem;background:var(--page);color:var(--ink);"
	"font:13px/1.4 system-ui,-apple-system,\"Segoe UI\",sans-serif}"
	"a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}"
	"h1{margin:0;font-size:1.5rem}h2{margin:0 0 .8rem;font-size:1rem;font-weight:400;"
	"color:var(--quiet)}"
	".top{display:flex;flex-wrap:wrap;gap:1rem 3rem;padding:.8rem 0 1.2rem;"
	"border-top:1px solid var(--line)}"
	".top ul,.top p{margin:0;padding:0;list-style:none}"
	"input{font:inherit;padding:0 .3em;width:9em}"
	".lgd{border-collapse:collapse}.lgd td{padding:.1em .5em;white-space:nowrap}"
	".lgd td[class]{width:2em;border:1px solid var(--line)}"
	".px{display:inline-block;margin:0;padding:.15rem .7rem;background:var(--name);"
	"border-radius:4px 4px 0 0;font-size:1rem}.px a{color:var(--name-ink)}"
	".desc{margin-left:.8em;color:var(--quiet)}"
	".tbl{border-collapse:collapse;width:100%;margin:0 0 "
	"1.6rem;font-size:12px;font-variant-numeric:tabular-nums}"
	".tbl td,.tbl th{border:1px solid var(--line);padding:.15em .4em;text-align:right;"
	"white-space:nowrap}"
	".tbl .titre th{background:var(--head);font-weight:600;text-align:center}"
	".tbl .ac{text-align:center}.tbl i{font-style:normal;margin-left:.18em}"
	".tbl a{color:inherit}"
	".frontend{background:var(--front)}.backend{background:var(--back);font-weight:600}"
	".socket{background:var(--socket)}"
	".active_up{background:var(--up)}.active_going_down{background:var(--going-down)}"
	".active_going_up{background:var(--going-up)}"
	".active_down,.backup_down{background:var(--down)}"
	".active_nolb,.backup_nolb{background:var(--nolb)}"
	".active_draining{background:var(--draining)}.backup_draining{background:var(--b-draining)}"
	".active_no_check,.backup_no_check{background:var(--no-check)}"
	".backup_up{background:var(--b-up)}.backup_going_down{background:var(--b-going-down)}"
	".backup_going_up{background:var(--b-going-up)}.maintain{background:var(--maintain)}"
	".has{position:relative;text-decoration:underline dotted;text-underline-offset:.2em}"
	".tips{display:none;position:absolute;z-index:1;top:100%;left:0;padding:.4em .7em;"
	"background:var(--tip);border:1px solid var(--line);border-radius:4px;text-align:left;"
	"font-weight:400;box-shadow:0 2px 8px #0004;white-space:pre;text-decoration:none}"
	".has:hover{z-index:1}.has:hover .tips{display:block}\n";
