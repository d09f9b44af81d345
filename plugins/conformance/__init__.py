"""What the contract asks of a plugin, judged: its code as text, its rules as values, its answers.

Everything here is a pure function of the plugin; ``api.partner_kit`` runs it in processes of its
own. ``docs/partners.md`` lists what is looked at.
"""
