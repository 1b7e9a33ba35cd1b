# Runs when miroir is installed: writes the paths of this installation into units and the cron file.
#
# In: SOURCE; FILLED_IN, a folder; NAMES of files of SOURCE without ".in", and PLACE, where they go below the prefix.
set(BIN ${CMAKE_INSTALL_PREFIX}/bin)
set(LIB ${CMAKE_INSTALL_PREFIX}/lib/miroir)
foreach(name IN LISTS NAMES)
  configure_file(${SOURCE}/${name}.in ${FILLED_IN}/${name} @ONLY)
  file(INSTALL ${FILLED_IN}/${name} DESTINATION ${CMAKE_INSTALL_PREFIX}/${PLACE} TYPE FILE)
endforeach()
