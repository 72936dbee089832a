"""The pages of a stand-in desk as Jinja templates; Flask escapes what is put into them."""

from typing import Final

_HEAD: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8886; padding: .4rem .6rem; text-align: left;
         vertical-align: top; overflow-wrap: anywhere; }
.number { text-align: right; }
.done { opacity: .6; }
pre { font: inherit; margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
</style>
</head>
<body>
"""

ALL: Final = (
    _HEAD
    + """<h1>{{ title }}: {{ tickets|length }} tickets</h1>
{% if tickets %}<table>
<thead><tr><th>Number</th><th>Status</th><th>Priority</th><th>Assignee</th><th>Subject</th>
<th class="number">Notes</th></tr></thead>
<tbody>
{% for ticket in tickets %}<tr{% if not ticket.is_open %} class="done"{% endif %}>
<td><a href="/tickets/{{ ticket.number|urlencode }}">{{ ticket.number }}</a></td>
<td>{{ ticket.status }}</td><td>{{ ticket.priority }}</td><td>{{ ticket.assignee }}</td>
<td>{{ ticket.subject }}</td><td class="number">{{ ticket.notes|length }}</td></tr>
{% endfor %}</tbody>
</table>{% else %}<p>No tickets yet.</p>{% endif %}
<h2>Refused calls</h2>
{% if refused %}<table>
<thead><tr><th>At</th><th>Operation</th><th>Reason</th></tr></thead>
<tbody>
{% for call in refused %}<tr><td>{{ call.at.strftime("%Y-%m-%d %H:%M:%S") }} UTC</td>
<td>{{ call.operation }}</td><td>{{ call.reason }}</td></tr>
{% endfor %}</tbody>
</table>{% else %}<p>None: every call kept the vendor's rules.</p>{% endif %}
<h2>Calls</h2>
{% if counts %}<ul>{% for operation, count in counts.items() %}
<li>{{ operation }}: {{ count }}</li>{% endfor %}
</ul>{% else %}<p>None yet.</p>{% endif %}
</body>
</html>
"""
)

ONE: Final = (
    _HEAD
    + """<p><a href="/">All tickets</a></p>
<h1>{{ ticket.number }}: {{ ticket.subject }}</h1>
<table>
{% for name in ["id", "status", "priority", "impact", "urgency", "category", "workgroup",
                "assignee", "requester", "location", "ci_key", "ci_value", "description",
                "solution", "reason"] %}{% if ticket[name] %}
<tr><th>{{ name|replace("_", " ") }}</th><td><pre>{{ ticket[name] }}</pre></td></tr>
{%- endif %}{% endfor %}
{% if ticket.cc %}<tr><th>cc</th><td>{{ ticket.cc|join(", ") }}</td></tr>{% endif %}
{% if ticket.tags %}<tr><th>tags</th><td>{{ ticket.tags|join(", ") }}</td></tr>{% endif %}
{% for name, value in ticket.custom_fields.items() %}
<tr><th>{{ name }}</th><td><pre>{{ value }}</pre></td></tr>{% endfor %}
<tr><th>created</th><td>{{ ticket.created_at.strftime("%Y-%m-%d %H:%M:%S") }} UTC</td></tr>
<tr><th>updated</th><td>{{ ticket.updated_at.strftime("%Y-%m-%d %H:%M:%S") }} UTC</td></tr>
</table>
<h2>Notes</h2>
{% if ticket.notes %}<ol>{% for note in ticket.notes %}
<li><pre>{{ note }}</pre></li>{% endfor %}
</ol>{% else %}<p>None.</p>{% endif %}
{% if ticket.files %}<h2>Files</h2>
{% for name, text in ticket.files.items() %}<h3>{{ name }}</h3>
<pre>{{ text }}</pre>
{% endfor %}{% endif %}<h2>History</h2>
<ol>{% for step in ticket.history %}
<li>{{ step.at.strftime("%Y-%m-%d %H:%M:%S") }} UTC: {{ step.status }} ({{ step.by }})</li>
{%- endfor %}
</ol>
</body>
</html>
"""
)
