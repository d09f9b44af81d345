"""The workshop of who writes a plugin: three invented practices that judge each save of it.

The plugin runs as an installed one does, in processes that begin anew after each save. All state
lies below one folder, which goes at the end unless it was named.
"""
